"""Publishing to several hosts at once, and looking at each as a visitor."""

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from attrs import evolve

from fallback import hosts
from fallback.actions.publishing.look import Patience
from fallback.actions.publishing.publish import publish
from fallback.core.config import HostTable, Network
from fallback.core.errors import CredentialsRefused, Refused, Unavailable
from fallback.core.hosts.capabilities import Capabilities
from fallback.core.model import MANIFEST, Digest
from fallback.core.result import silent
from fallback.core.text import T
from fallback.hosts.folder import FolderHost, Settings
from fallback.wire.clock import SystemClock
from fallback.wire.deadline import left
from fallback.wire.web.listen import Answer, listening
from fallback.wire.web.page_server import Folder, respond_from
from tests.fakes.config import small_config
from tests.fakes.host import FakeHost
from tests.fakes.site import page, small_site

QUICK = Patience(
    older=timedelta(seconds=0.3),
    broken=timedelta(seconds=0.1),
    pause=timedelta(seconds=0.05),
)


def fakes(root, **by_label):
    """Return a configuration of hosts in memory, and how to connect to them."""
    tables = [HostTable("fake", label, None) for label in by_label]
    return small_config(root, tables), lambda table, _: by_label[table.label]


def publishing(config, site, **more):
    return publish(
        config,
        site,
        **{"say": silent, "clock": SystemClock(), "patience": QUICK} | more,
    )


@contextmanager
def looked_at(root, respond, **changes):
    """Yield a configuration whose folder is seen by visitors through *respond*."""
    with listening(respond, "127.0.0.1") as server:
        folder = Settings(root / "public-copy")
        table = HostTable("folder", "public-copy", folder, url=server.url)
        yield small_config(root, [table], **changes)


def statuses(front, deep, post):
    """Return what a visitor of ``small_site`` is answered when all is well."""
    files = ("sw.js", "_fallback/en.html", "_fallback/feed.json")
    return {
        "front": front,
        "deep": deep,
        "old_link": deep,
        "post": post,
        "notification": post,
        "robots": 200,
        "manifest": 200,
        **{f"/{path}": 200 for path in files},
    }


def test_every_host_gets_the_site_and_says_what_was_done(tmp_path):
    one, two = FakeHost(), FakeHost()
    config, connect = fakes(tmp_path, one=one, two=two)
    site = small_site()
    reports = publishing(config, site, connect=connect)
    assert [report.host for report in reports] == ["one", "two"]
    assert all(report.ok for report in reports)
    assert one.objects == two.objects
    assert len(reports[0].receipt.written) == len(site.files)
    assert "not seen as a visitor" in str(reports[0].told())


def test_a_host_that_hangs_is_left_behind_and_the_others_are_published(tmp_path):
    stuck = FakeHost(hangs=timedelta(hours=1))
    well = FakeHost()
    config, connect = fakes(tmp_path, stuck=stuck, well=well)
    reports = publishing(
        config, small_site(), connect=connect, deadline=timedelta(seconds=0.5)
    )
    assert stuck.was_asked.is_set(), "the fault was hit"
    assert [report.ok for report in reports] == [False, True]
    assert "not ready within 0.5 s" in str(reports[0].problem)
    assert reports[0].as_json()["next"]
    assert all(thread.daemon for thread in threading.enumerate()[1:])


def test_hosts_are_published_at_the_same_time_not_one_after_the_other(tmp_path):
    met = threading.Barrier(2, timeout=20)

    class Meeting(FakeHost):
        def publish(self, site):
            met.wait()
            return super().publish(site)

    config, connect = fakes(tmp_path, one=Meeting(), two=Meeting())
    assert all(r.ok for r in publishing(config, small_site(), connect=connect))


@pytest.mark.parametrize(
    "fault",
    [
        Unavailable(T("it is in trouble"), next=T("again")),
        CredentialsRefused(T("it refuses our key")),
        Refused(T("a newer page is there")),
        ZeroDivisionError("a bug of ours"),
        OSError(5, "a bug of somebody else"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_whatever_one_host_does_the_other_is_published(tmp_path, fault):
    broken, well = FakeHost(fails_with=fault), FakeHost()
    config, connect = fakes(tmp_path, broken=broken, well=well)
    reports = publishing(config, small_site(), connect=connect)
    assert broken.was_asked.is_set()
    assert [report.ok for report in reports] == [False, True]
    assert "FAILED" in str(reports[0].told())


def test_a_host_whose_secret_is_missing_does_not_stop_the_others(tmp_path):
    def connect(table, _):
        if table.label == "poor":
            raise CredentialsRefused(T("the secret env:X is not there"))
        return well

    well = FakeHost()
    config, _ = fakes(tmp_path, poor=None, well=well)
    reports = publishing(config, small_site(), connect=connect)
    assert [report.ok for report in reports] == [False, True]
    assert "env:X" in str(reports[0].problem)


def test_a_host_that_holds_something_else_than_was_sent_fails(tmp_path):
    liar = FakeHost(lies={"index.html": Digest("0" * 64)})
    config, connect = fakes(tmp_path, liar=liar)
    (report,) = publishing(config, small_site(), connect=connect)
    assert not report.ok
    assert "index.html" in str(report.problem)


def test_progress_names_each_host_when_it_begins_and_when_it_ends(tmp_path):
    said = []
    config, connect = fakes(
        tmp_path, one=FakeHost(), two=FakeHost(fails_with=Unavailable(T("no")))
    )
    publishing(
        config,
        small_site(),
        connect=connect,
        say=lambda event, text: said.append((event, str(text))),
    )
    assert [event for event, _ in said[:2]] == ["publishing"] * 2
    assert sorted(text[:3] for event, text in said if event == "host_done") == [
        "one",
        "two",
    ]


@pytest.mark.parametrize(
    ("status_address", "front", "deep"), [(True, 200, 404), (False, 503, 503)]
)
def test_a_visitor_sees_what_was_published_with_the_status_as_it_is(
    tmp_path, status_address, front, deep
):
    respond = respond_from(
        Folder(tmp_path / "public-copy"), status_address=status_address
    )
    with looked_at(tmp_path, respond) as config:
        (report,) = publishing(config, small_site())
    assert report.ok, report.problem
    post = 405 if status_address else 503
    assert report.seen.statuses == statuses(front, deep, post)
    assert f"gets {front} at the front and {deep} (the page)" in str(report.told())


def test_a_deep_link_that_shows_the_hosts_own_error_is_told_and_does_not_fail(tmp_path):
    whole = respond_from(Folder(tmp_path / "public-copy"), status_address=True)

    def respond(request):
        found = whole(request)
        return found if found.status == 200 else Answer(404, (), b"NoSuchKey")

    with looked_at(tmp_path, respond) as config:
        (report,) = publishing(config, small_site())
    assert report.ok
    assert "not the page" in str(report.told())


@pytest.mark.parametrize("status", [200, 302])
def test_a_deep_link_that_leads_to_something_else_fails(tmp_path, status):
    whole = respond_from(Folder(tmp_path / "public-copy"), status_address=True)

    def respond(request):
        found = whole(request)
        return found if found.status == 200 else Answer(status, (), b"buy a domain")

    with looked_at(tmp_path, respond) as config:
        (report,) = publishing(config, small_site())
    assert not report.ok
    assert "deep link" in str(report.problem)


@pytest.mark.parametrize("status", [200, 404, 503])
def test_a_host_that_shows_something_else_than_was_published_fails(tmp_path, status):
    with looked_at(tmp_path, lambda _: Answer(status, (), b"parked")) as config:
        (report,) = publishing(config, small_site())
    assert not report.ok
    assert "something else than was published" in str(report.problem)


def test_a_front_page_that_somebody_rewrote_on_the_way_fails(tmp_path):
    whole = respond_from(Folder(tmp_path / "public-copy"), status_address=True)

    def respond(request):
        found = whole(request)
        return evolve(found, body=found.body.replace(b"</p>", b"</p><script>"))

    with looked_at(tmp_path, respond) as config:
        (report,) = publishing(config, small_site())
    assert not report.ok


def test_a_visitor_address_that_does_not_answer_fails_although_it_was_written(tmp_path):
    with looked_at(tmp_path, lambda _: Answer(200, ())) as config:
        pass
    (report,) = publishing(config, small_site())
    assert report.receipt.written
    assert not report.ok
    assert "does not answer" in str(report.problem)


def test_a_private_address_is_looked_at_only_where_that_is_allowed(tmp_path):
    network = Network(allow_private=False)
    with looked_at(tmp_path, lambda _: Answer(200, ()), network=network) as config:
        (report,) = publishing(config, small_site())
    assert "private address" in str(report.problem)


def test_a_cache_in_front_that_still_gives_the_earlier_page_is_waited_for(tmp_path):
    old = tmp_path / "old"
    FolderHost(old).publish(small_site("old"))
    cached, fresh = Folder(old), Folder(tmp_path / "public-copy")
    asked = []

    def files():
        asked.append(1)
        return cached() if len(asked) < 8 else fresh()

    respond = respond_from(files, status_address=True)
    patience = evolve(QUICK, older=timedelta(seconds=20))
    with looked_at(tmp_path, respond) as config:
        new = small_site("new", sequence=2000)
        (report,) = publishing(config, new, patience=patience)
    assert len(asked) >= 8, "the fault was hit"
    assert report.ok


def test_an_earlier_page_that_does_not_go_away_fails(tmp_path):
    old = tmp_path / "old"
    FolderHost(old).publish(small_site("old"))
    with looked_at(tmp_path, respond_from(Folder(old))) as config:
        (report,) = publishing(config, small_site("new", sequence=2000))
    assert not report.ok
    assert "earlier page" in str(report.problem)


def test_a_failed_host_is_named_with_what_its_visitors_still_see(tmp_path, monkeypatch):
    folder = tmp_path / "public-copy"
    FolderHost(folder).publish(small_site("old", sequence=1795312800))
    respond = respond_from(Folder(folder))
    with looked_at(tmp_path, respond) as config:
        (report,) = publishing(
            config,
            small_site("new", sequence=1795312900),
            connect=lambda *_: FakeHost(fails_with=Unavailable(T("down"))),
        )
    assert "the words of 2026-11-22 02:00 UTC (503)" in str(report.error.customers_see)


@pytest.mark.parametrize(
    ("body", "said"),
    [(b"parked", "not with the page"), (page("x").encode(), "an earlier page")],
)
def test_a_failed_host_that_shows_no_whole_site_is_told_as_it_is(tmp_path, body, said):
    with looked_at(tmp_path, lambda _: Answer(200, (), body)) as config:
        (report,) = publishing(
            config,
            small_site(),
            connect=lambda *_: FakeHost(fails_with=Unavailable(T("down"))),
        )
    assert said in str(report.error.customers_see)


@pytest.mark.parametrize("sequence", ["1e400", "9" * 30])
@pytest.mark.parametrize("hangs", [True, False])
def test_a_status_address_with_a_damaged_manifest_costs_no_report(
    tmp_path, sequence, hangs
):
    asked = []

    def respond(request):
        asked.append(request.target)
        if request.target != f"/{MANIFEST}":
            return Answer(200, (), page("x").encode())
        told = f'{{"build": "b", "sequence": {sequence}, "files": {{}}}}'
        return Answer(200, (), told.encode())

    trouble = (
        {"hangs": timedelta(hours=1)}
        if hangs
        else {"fails_with": Unavailable(T("down"))}
    )
    with looked_at(tmp_path, respond) as config:
        (report,) = publishing(
            config,
            small_site(),
            connect=lambda *_: FakeHost(**trouble),
            deadline=timedelta(seconds=5),
        )
    assert f"/{MANIFEST}" in asked, "the fault was hit"
    assert "an earlier page" in str(report.error.customers_see)


@pytest.mark.parametrize("hangs", [True, False])
def test_a_last_look_that_breaks_costs_no_report(tmp_path, monkeypatch, hangs):
    met = []

    def broken(*_, **__):
        met.append(1)
        raise ZeroDivisionError

    monkeypatch.setattr("fallback.actions.publishing.publish.what_visitors_see", broken)
    hosts_ = {
        "bad": FakeHost(hangs=timedelta(hours=1))
        if hangs
        else FakeHost(fails_with=Unavailable(T("down"))),
        "well": FakeHost(),
    }
    tables = [
        HostTable("fake", "bad", None, url="http://127.0.0.1:9"),
        HostTable("fake", "well", None),
    ]
    reports = publishing(
        small_config(tmp_path, tables),
        small_site(),
        connect=lambda table, _: hosts_[table.label],
        deadline=timedelta(seconds=1),
    )
    assert met, "the fault was hit"
    assert [report.ok for report in reports] == [False, True]
    assert "cannot be read" in str(reports[0].error.customers_see)


def test_what_went_wrong_is_not_lost_while_visitors_are_asked(tmp_path):
    """The last look may take until after the moment at which a host is left behind."""
    ended = threading.Event()

    def respond(_):
        ended.wait(30)
        return Answer(200, ())

    said = []
    with looked_at(tmp_path, respond) as config:
        (report,) = publishing(
            config,
            small_site(),
            connect=lambda *_: FakeHost(fails_with=CredentialsRefused(T("no key"))),
            deadline=timedelta(seconds=1),
            say=lambda event, _: said.append(event),
        )
        ended.set()
    assert isinstance(report.error, CredentialsRefused)
    assert "no key" in str(report.problem)
    assert report.error.customers_see is not None
    assert said == ["publishing", "host_done"]


def test_a_room_that_waits_ends_before_its_host_is_left_behind(tmp_path):
    """Whoever waits for as long as there is time still says what it waited for."""

    class Patient(FakeHost):
        def publish(self, site):
            threading.Event().wait(left(timedelta(hours=1)).total_seconds())
            raise Unavailable(T("it is still at the deploy"))

    config, connect = fakes(tmp_path, patient=Patient())
    (report,) = publishing(
        config, small_site(), connect=connect, deadline=timedelta(seconds=4)
    )
    assert "still at the deploy" in str(report.problem)


def test_what_a_shop_loses_with_a_host_is_told_beside_it(tmp_path):
    bucket = Capabilities(200, 403, 405, retry_after=False, tls_ahead=False)
    config, connect = fakes(tmp_path, bucket=FakeHost(caps=bucket), well=FakeHost())
    told, well = publishing(config, small_site(), connect=connect)
    lost = ["are not told when to come back", "works only after DNS has moved"]
    lines = [str(line) for line in told.told_beside()]
    for line, expected in zip(lines, lost, strict=True):
        assert line.startswith("  good to know: ")
        assert expected in line
    assert len(told.as_json()["shortcomings"]) == 2
    assert list(well.told_beside()) == []


def test_a_measured_answer_counts_more_than_a_promise(tmp_path):
    with looked_at(tmp_path, respond_from(Folder(tmp_path / "public-copy"))) as config:
        made = hosts.connect(config.hosts[0], config)

        class Modest(FolderHost):
            caps = Capabilities(503, 503, 503, retry_after=False)

        (report,) = publishing(
            config, small_site(), connect=lambda *_: Modest(made.path)
        )
    assert report.ok, report.problem
    assert report.seen.measured.retry_after is True
    assert list(report.shortcomings()) == []


def test_a_host_that_answers_a_visitor_drop_by_drop_keeps_to_the_deadline(tmp_path):
    ended = threading.Event()

    def respond(_):
        ended.wait(30)
        return Answer(200, ())

    with looked_at(tmp_path, respond) as config:
        (report,) = publishing(config, small_site(), deadline=timedelta(seconds=0.7))
        ended.set()
    assert not report.ok
    assert report.receipt.written, "what was written is reported all the same"


def test_reports_speak_json_without_anything_but_plain_values(tmp_path):
    import json

    config, connect = fakes(tmp_path, one=FakeHost())
    (report,) = publishing(config, small_site(), connect=connect)
    told = json.loads(json.dumps(report.as_json()))
    assert told["ok"] is True
    assert told["problem"] is None
    assert told["seen"] == "not seen as a visitor: this host has no url"
    assert MANIFEST in told["written"]


def test_every_kind_of_host_there_is_has_settings_and_connects():
    assert set(hosts.settings()) == set(hosts.KINDS)
