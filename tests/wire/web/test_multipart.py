"""Forms with files: what is written is read back byte for byte, by others too."""

from email.parser import BytesParser
from email.policy import HTTP

from hypothesis import given
from hypothesis import strategies as st

from fallback.wire.web.multipart import Part, bodies, encoded

NAMES = st.from_regex(r"[a-z0-9_.-]{1,20}", fullmatch=True)


@given(st.dictionaries(NAMES, st.binary(max_size=200), min_size=1, max_size=5))
def test_every_body_comes_back_as_it_was(parts):
    kind = "application/octet-stream"
    body, content_type = encoded([Part(n, b, kind, n) for n, b in parts.items()])
    assert bodies(body, content_type) == parts


def test_pythons_own_parser_reads_it_too():
    parts = [
        Part("metadata", b"{}", "application/json"),
        Part("a", b"x", "text/plain", "a"),
    ]
    body, content_type = encoded(parts)
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    read = list(BytesParser(policy=HTTP).parsebytes(head + body).iter_parts())
    assert [one.get_content_type() for one in read] == [
        "application/json",
        "text/plain",
    ]
    assert [one.get_filename() for one in read] == [None, "a"]


def test_what_is_no_form_has_no_parts():
    assert bodies(b"export default {}", "application/javascript") == {}
    assert bodies(b"export default {}", "multipart/form-data") == {}
