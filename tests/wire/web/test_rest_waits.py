"""How long a vendor's API wants to be left alone, in each way there is to say it."""

from datetime import timedelta

import pytest

from fallback.core.errors import Unavailable
from fallback.wire.deadline import within
from fallback.wire.web import rest
from fallback.wire.web.http import Reply
from tests.fakes.config import small_config

NOW = ("date", "Sun, 22 Nov 2026 03:00:00 GMT")
IN_A_MINUTE = "1795316460"


@pytest.fixture
def api(tmp_path):
    network = small_config(tmp_path).network
    return rest.Api("Vendor", "https://api.example", network, "t", "env:T", "all")


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, (("retry-after", "7"),), 7),
        (503, (("retry-after", "Sun, 22 Nov 2026 03:00:09 GMT"), NOW), 9),
        (429, (("x-ratelimit-reset", "1795316411"), NOW), 11),
        (503, (("x-ratelimit-reset", IN_A_MINUTE), NOW), None),
        (429, (("retry-after", "soon"), NOW), None),
        (429, (("retry-after", "Sun, 22 Nov 2026 02:00:00 GMT"), NOW), None),
    ],
)
def test_what_the_server_asks_for_is_waited(api, monkeypatch, status, headers, seconds):
    """Moments count from the server's own clock."""
    slept = []
    answers = [
        Reply(status, headers, b"", truncated=False, address=""),
        Reply(200, (), b"{}", truncated=False, address=""),
    ]
    monkeypatch.setattr(rest, "ask", lambda *_, **__: answers.pop(0))
    monkeypatch.setattr(rest.time, "sleep", slept.append)
    assert api.call("GET", "/x") == {}
    assert slept == [seconds] if seconds else slept[0] <= 1


def test_a_wait_that_is_too_long_is_said_and_not_waited_for(api, monkeypatch):
    slept, asked = [], []
    answer = Reply(
        429, (("x-ratelimit-reset", IN_A_MINUTE), NOW), b"", truncated=False, address=""
    )

    def ask(url, **_):
        asked.append(url)
        return answer

    monkeypatch.setattr(rest, "ask", ask)
    monkeypatch.setattr(rest.time, "sleep", slept.append)
    with pytest.raises(Unavailable) as caught:
        api.call("GET", "/x?key=secret")
    assert len(asked) == 1
    assert slept == []
    assert str(caught.value.next) == "try again in 60 s"
    assert "secret" not in str(caught.value)


def busy(*headers, status=503):
    return Reply(status, headers, b"", truncated=False, address="")


@pytest.mark.parametrize("asked", ["6", "9" * 20])
def test_nobody_sleeps_past_the_caller_s_deadline(api, monkeypatch, asked):
    slept, within_each = [], []

    def ask(*_, deadline, **__):
        within_each.append(deadline)
        return busy(("retry-after", asked))

    monkeypatch.setattr(rest, "ask", ask)
    monkeypatch.setattr(rest.time, "sleep", slept.append)
    with within(timedelta(seconds=1)), pytest.raises(Unavailable) as caught:
        api.call("GET", "/x")
    assert slept == []
    assert len(within_each) == 1
    assert within_each[0] <= timedelta(seconds=1), "nor does the request itself"
    assert "503" in str(caught.value.what)


@pytest.mark.parametrize("moment", ["9" * 20, "9" * 5000])
def test_a_moment_beyond_every_calendar_is_too_long(api, monkeypatch, moment):
    answer = busy(("x-ratelimit-reset", moment), status=429)
    monkeypatch.setattr(rest, "ask", lambda *_, **__: answer)
    with pytest.raises(Unavailable, match="429"):
        api.call("GET", "/x")
