"""Our signature beside the SDK's, for requests that nobody would think of."""

from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import time_machine
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from fallback.wire.s3.sigv4 import Key, Signer, encoded_path, encoded_query

ANY_TEXT = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=40
)
ODD = st.text("aZ09-_.~ +%/?&=#:@!$'()*,;[]ąß漢😀\t\\\"<>|", max_size=40)
KEYS = st.one_of(ANY_TEXT, ODD)
VALUES = st.text("aZ0 -;=/,\t", max_size=30).map(str.strip)
PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)
MOMENTS = st.integers(1_600_000_000, 3_000_000_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)


def theirs(request, key, region, at):
    method, path, query, headers, body = request
    url = f"https://{headers['Host']}{path}" + (f"?{query}" if query else "")
    request = AWSRequest(method, url, headers=dict(headers), data=body)
    request.context["client_config"] = None
    known = Credentials(key.access, key.secret, key.token or None)
    with time_machine.travel(at, tick=False):
        S3SigV4Auth(known, "s3", region).add_auth(request)
    return request.headers


@st.composite
def requests(draw):
    """Draw (method, path, query, headers, body) as our client would send them."""
    return (
        draw(st.sampled_from(["GET", "PUT", "POST", "HEAD"])),
        encoded_path(f"/bucket/{draw(KEYS)}"),
        encoded_query(draw(st.dictionaries(KEYS.filter(bool), KEYS, max_size=4))),
        {"Host": "s3.example:8443", "Cache-Control": draw(VALUES), "x-amz-meta-a": "1"},
        draw(st.binary(max_size=64)),
    )


@given(
    requests(),
    st.builds(Key, PRINTABLE, PRINTABLE, st.one_of(st.just(""), PRINTABLE)),
    st.sampled_from(["us-east-1", "eu-central-1", "auto"]),
    MOMENTS,
)
def test_every_request_is_signed_as_the_sdk_signs_it(request, key, region, at):
    ours = Signer(key, region).sign(*request, at)
    assert _signature(ours) == _signature(theirs(request, key, region, at))


def _signature(headers):
    """Return what must be equal; the SDK writes the same header with other capitals."""
    return {
        name.lower(): value
        for name, value in headers.items()
        if name.lower() in ("authorization", "x-amz-date", "x-amz-security-token",
                            "x-amz-content-sha256")
    }  # fmt: skip


@given(KEYS)
def test_a_key_can_be_read_back_from_what_is_sent(key):
    sent = encoded_path(f"/{key}")
    assert sent.isascii()
    assert not set(" +?#&") & set(sent)
    assert unquote(sent) == f"/{key}"


def test_a_signer_that_works_past_midnight_signs_with_the_new_day():
    key = Key("A" * 20, "s" * 40)
    headers = {"Host": "s3.example"}
    lasting = Signer(key, "us-east-1")
    at = datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC)
    for moment in (at, at + timedelta(seconds=2)):
        fresh = Signer(key, "us-east-1").sign("GET", "/b", "", headers, b"", moment)
        assert lasting.sign("GET", "/b", "", headers, b"", moment) == fresh


def test_no_secret_is_in_what_a_signer_says_of_itself():
    signer = Signer(Key("AKIAACCESS", "topsecret", "token"), "us-east-1")
    signer.sign("GET", "/", "", {"Host": "h"}, b"", datetime(2026, 1, 1, tzinfo=UTC))
    for secret in ("AKIAACCESS", "topsecret", "token"):
        assert secret not in repr(signer)
