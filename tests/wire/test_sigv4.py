"""Our signature beside the SDK's, for requests that nobody would think of."""

from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import time_machine
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from fallback.wire.sigv4 import Key, Signer, encoded_path, encoded_query

ANY_TEXT = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=40
)
ODD = st.text("aZ09-_.~ +%/?&=#:@!$'()*,;[]ąß漢😀\t\\\"<>|", max_size=40)
KEYS = st.one_of(ANY_TEXT, ODD)
VALUES = st.text("aZ0 -;=/,\t", max_size=30).map(str.strip)
PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)
MOMENTS = st.datetimes(
    datetime(2020, 1, 1), datetime(2069, 1, 1), timezones=st.just(UTC)
).map(lambda at: at.replace(microsecond=0))


def theirs(method, path, query, headers, body, key, region, at):
    url = f"https://{headers['Host']}{path}" + (f"?{query}" if query else "")
    request = AWSRequest(method, url, headers=dict(headers), data=body)
    request.context["client_config"] = None
    known = Credentials(key.access, key.secret, key.token or None)
    with time_machine.travel(at, tick=False):
        S3SigV4Auth(known, "s3", region).add_auth(request)
    return request.headers


@given(
    st.sampled_from(["GET", "PUT", "POST", "HEAD"]),
    KEYS,
    st.dictionaries(KEYS.filter(bool), KEYS, max_size=4),
    VALUES,
    st.binary(max_size=64),
    st.builds(Key, PRINTABLE, PRINTABLE, st.one_of(st.just(""), PRINTABLE)),
    st.sampled_from(["us-east-1", "eu-central-1", "auto"]),
    MOMENTS,
)
def test_every_request_is_signed_as_the_sdk_signs_it(
    method, key_of_object, parameters, cache, body, key, region, at
):
    path = encoded_path(f"/bucket/{key_of_object}")
    query = encoded_query(parameters)
    headers = {"Host": "s3.example:8443", "Cache-Control": cache, "x-amz-meta-a": "1"}
    ours = Signer(key, region).sign(method, path, query, headers, body, at)
    expected = theirs(method, path, query, headers, body, key, region, at)
    assert _without_signed(ours) == _without_signed(expected)


def _without_signed(headers):
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
