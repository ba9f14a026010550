"""fallback.toml: every complaint at once, with its line and what to type instead."""

import tomllib
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from fallback.core.config import Config, Kinds, SecretRef
from fallback.core.errors import ConfigError, Problem
from fallback.core.settings.places import places
from fallback.core.settings.toml import parse
from fallback.core.text import T, Text

ROOT = Path("/site")


@frozen
class Folder:
    path: Path


@frozen
class Bucket:
    bucket: str
    region: str = ""
    parts: int = 3
    tidy: bool = True
    wait: timedelta = timedelta(seconds=5)
    style: Literal["path", "host"] = "path"
    tags: tuple[str, ...] = ()
    access_key: SecretRef | None = None

    def complaints(self) -> Iterator[tuple[str, Text]]:
        if self.bucket.startswith("-"):
            yield "bucket", T("a bucket cannot begin with -")


@frozen
class Manual:
    pass


@frozen
class StateFolder:
    path: Path = Path(".fallback")


KINDS: Kinds = {
    "hosts": {"folder": Folder, "s3": Bucket},
    "dns": {"manual": Manual},
    "state": {"folder": StateFolder},
}

GOOD = """\
[shop]
name = "Kwiaty u Ani"
url = "https://kwiaty.example"
timezone = "Europe/Warsaw"
languages = ["pl", "en"]
workers = ["/sw.js"]

[contact]
email = "a@elsewhere.example"
phone = "+48600100200"
hours = { pl = "8-20", en = "8am-8pm" }
[contact.links]
Facebook = "https://facebook.example/kwiaty"

[primary]
contains = "Dodaj do koszyka"
redirect_after = "3h"
mode = "ask"

[[hosts]]
kind = "folder"
path = "public-copy"

[[hosts]]
kind = "s3"
bucket = "kwiaty"
url = "https://d111.cloudfront.net"
access_key = "env:KEY"

[[dns]]
provider = "manual"
zone = "kwiaty.example"
names = ["kwiaty.example", "www.kwiaty.example"]
target = ["192.0.2.80"]
ttl = "60s"

[state]
store = "folder"

[network]
resolvers = ["192.0.2.53:53"]
canaries = []
allow_private = true

[notify]
urls = ["env:URL"]
"""


def complaints(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        parse(text, KINDS, ROOT)
    return caught.value.problems


def test_every_value_arrives_as_it_was_written() -> None:
    config = parse(GOOD, KINDS, ROOT)

    assert config.shop.timezone == ZoneInfo("Europe/Warsaw")
    assert config.shop.languages == ("pl", "en")
    assert config.contact.hours == {"pl": "8-20", "en": "8am-8pm"}
    assert config.primary.redirect_after == timedelta(hours=3)
    assert config.primary.probe == "https://kwiaty.example"
    assert [host.label for host in config.hosts] == ["folder", "s3"]
    assert config.hosts[0].settings == Folder(ROOT / "public-copy")
    assert config.hosts[1].settings == Bucket(
        "kwiaty", access_key=SecretRef("env", "KEY")
    )
    assert config.hosts[1].url == "https://d111.cloudfront.net"
    assert config.dns[0].target == (ip_address("192.0.2.80"),)
    assert config.state.settings == StateFolder(ROOT / ".fallback")
    assert config.network.canaries == ()
    assert config.notify.urls == (SecretRef("env", "URL"),)


def test_a_secret_in_the_open_hides_no_other_complaint() -> None:
    text = GOOD.replace("env:KEY", "AKIA" + "IOSFODNN7EXAMPLE")
    text = text.replace('"www.kwiaty.example"]', '"www.elsewhere.example"]')

    said = [str(problem.what) for problem in complaints(text)]

    assert any("looks like a secret in the open" in each for each in said)
    assert "www.elsewhere.example is not in the zone kwiaty.example" in said


def test_only_what_ends_a_line_in_toml_counts_as_one() -> None:
    (problem,) = complaints("[shop]\nname = 'a\x85b'\nurl = \"")

    assert problem.line == 3


def test_a_broken_header_of_a_table_is_shown_how_to_be_written() -> None:
    (problem,) = complaints("[shop\nname = 1")

    assert problem.line == 1
    assert str(problem.remedy) == (
        "write a table on a line of its own, like [shop] or [[hosts]]"
    )


def test_what_may_be_left_out_has_a_default() -> None:
    """Six things are required; the rest is known."""
    config = parse(
        '[shop]\nname = "A"\nurl = "http://a.example:8080"\n'
        '[contact]\nemail = "a@b.example"\nphone = "+48600100200"\nhours = "8-20"\n'
        '[primary]\ncontains = "Buy"\n[[hosts]]\nkind = "folder"\npath = "x"\n',
        KINDS,
        ROOT,
    )

    assert config.contact.hours == {"": "8-20"}
    assert config.primary.arm_after == timedelta(hours=24)
    assert config.shop.port == 8080
    assert config.dns == ()
    assert config.state.kind == "folder"


def test_a_repeated_kind_is_told_apart_by_a_number() -> None:
    text = GOOD + '[[hosts]]\nkind = "folder"\npath = "other"\n'

    labels = [host.label for host in parse(text, KINDS, ROOT).hosts]

    assert labels == ["folder", "s3", "folder-2"]


def test_a_byte_order_mark_and_windows_lines_are_read() -> None:
    text = "\ufeff" + GOOD.replace("\n", "\r\n")

    assert parse(text, KINDS, ROOT) == parse(GOOD, KINDS, ROOT)


# what is replaced · by what · the line · what is said · the remedy begins with
BAD = [
    ('name = "Kw', 'nam = "Kw', 2, "there is no setting shop.nam", "did you mean name"),
    ('name = "Kwiaty u Ani"\n', "", 1, "shop.name is missing", 'add: name = "'),
    ('"Kwiaty u Ani"', '""', 2, "shop.name: this is empty", None),
    ('"Kwiaty u Ani"', '"a\\u0007b"', 2, "shop.name holds a control character", None),
    (
        '"https://kwiaty.example"\n',
        '"kwiaty.example"\n',
        3,
        'shop.url: "kwiaty.example" is not a web address',
        'did you mean "https://kwiaty.example"',
    ),
    (
        "https://kwiaty.ex",
        "ftp://kwiaty.ex",
        3,
        "is not a web address",
        "write it like",
    ),
    (
        '"https://kwiaty.example"\n',
        '"https://róża.example"\n',
        3,
        '"róża.example" is written as DNS does not know it',
        'write it in the form for machines: "https://xn--ra-5ja26c.example"',
    ),
    (
        '"https://kwiaty.example"\n',
        '"https://kwiaty.example/?a=b"\n',
        3,
        "the address of a site holds no ?",
        'did you mean "https://kwiaty.example/"',
    ),
    (
        '"https://kwiaty.example"\n',
        '"https://a.example:99999"\n',
        3,
        "is not a web address",
        "write it like",
    ),
    (
        "Europe/Warsaw",
        "Warsaw",
        4,
        'there is no time zone "Warsaw"',
        'did you mean "Europe/Warsaw"',
    ),
    (
        "Europe/Warsaw",
        "../../etc/passwd",
        4,
        "there is no time zone",
        "write it like",
    ),
    (
        '["pl", "en"]',
        '"pl"',
        5,
        "shop.languages: a list is expected, not a text",
        'write it in brackets: ["pl"]',
    ),
    ('["pl", "en"]', "[]", 5, "shop.languages: this list is empty", None),
    ('["pl", "en"]', '["pl", "Polski"]', 5, "shop.languages[2]:", None),
    ('["pl", "en"]', '["pl",\n"pl"]', 6, '"pl" stands here twice', None),
    ('"/sw.js"', '"sw.js"', 6, "is not a path at the shop", None),
    ('"/sw.js"', '"/_fallback/sw.js"', 6, "is a place of our own", None),
    ("a@elsewhere.example", "ania", 9, '"ania" is not an e-mail address', "write it"),
    (
        '"+48600100200"',
        "48600100200",
        10,
        "contact.phone: a phone number is a text: as a number it loses its plus sign",
        'write it in quotes: "+48600100200"',
    ),
    (
        '"+48600100200"',
        "+48600100200",
        10,
        "as a number it loses its plus sign",
        'write it in quotes: "+48600100200"',
    ),
    (
        "+48600100200",
        "0048 600-100-200",
        10,
        "is not a phone number in the international form",
        'did you mean "+48600100200"',
    ),
    ("+48600100200", "600100200", 10, "international form", "write the country code"),
    (
        "en = ",
        "de = ",
        11,
        "the shop does not speak de",
        "shop.languages holds: pl, en",
    ),
    (
        "https://facebook.example/kwiaty",
        "facebook",
        13,
        "contact.links.Facebook:",
        None,
    ),
    (
        '"3h"',
        '"3 hours"',
        17,
        'primary.redirect_after: "3 hours" is not a length of time',
        'did you mean "3h"',
    ),
    ('"3h"', '"1h30m"', 17, "is not a length of time", 'did you mean "90m"'),
    ('"3h"', '"1,5 godz."', 17, "is not a length of time", 'did you mean "90m"'),
    ('"3h"', "60", 17, "60 is not a length of time", 'did you mean "60s"'),
    ('"3h"', '"2 weeks"', 17, "is not a length of time", 'did you mean "14d"'),
    ('"3h"', '"0s"', 17, "must be more than nothing", None),
    ('"3h"', "true", 17, "is not a length of time", None),
    ('"ask"', '"Auto"', 18, "is not one of: ask, auto", 'did you mean "auto"'),
    ("[[hosts]]\nkind = ", "[[host]]\nkind = ", 20, "there is no setting host", "did"),
    ('"folder"\npath', '"foldr"\npath', 21, '"foldr" is not one of', 'did you mean "'),
    ('"s3"', '"folder"', 26, "there is no setting hosts[2].bucket", "known here"),
    ('path = "public-copy"\n', "", 20, "hosts[1].path is missing", "add: path"),
    (
        '"public-copy"',
        '["x"]',
        22,
        "hosts[1].path: a text is expected, not a list",
        None,
    ),
    ('kind = "s3"\n', "", 24, "hosts[2].kind is missing", 'add: kind = "folder"'),
    (
        'path = "public-copy"\n',
        'path = "public-copy"\ndeadline = 90\n',
        23,
        "hosts[1].deadline: 90 is not a length of time",
        'did you mean "90s"',
    ),
    ('"kwiaty"\n', '"-k"\n', 26, "hosts[2].bucket: a bucket cannot begin with -", None),
    ('"env:KEY"', '"hunter2"', 28, "a secret never stands in this file", 'write "env'),
    (
        'access_key = "env:KEY"',
        'parts = "3"',
        28,
        "a whole number without quotes",
        None,
    ),
    ('access_key = "env:KEY"', 'tidy = "no"', 28, "true or false without quotes", None),
    (
        'access_key = "env:KEY"',
        'style = "hots"',
        28,
        "not one of",
        'did you mean "host"',
    ),
    ('"manual"', '"cloudflare"', 31, '"cloudflare" is not one of: manual', None),
    ('zone = "kwiaty', 'zone = "blumen', 33, "is not in the zone blumen.example", None),
    (
        '"www.kwiaty.example"]',
        '"http://x"]',
        33,
        "dns[1].names[2]:",
        'did you mean "x"',
    ),
    (
        '["192.0.2.80"]',
        '"192.0.2.80"',
        34,
        "given as a list",
        'write it in brackets: ["1',
    ),
    ('["192.0.2.80"]', '["page.example"]', 34, "is not an IP address", None),
    ('["192.0.2.80"]', '"www.kwiaty.example"', 34, "redirected to itself", None),
    ('["192.0.2.80"]', '"localhost"', 34, '"localhost" is not a DNS name', None),
    ('store = "folder"', 'store = "s3://b/p"', 38, "s3 is not available yet", "write"),
    ("192.0.2.53:53", "192.0.2.53", 41, "with a port", 'did you mean "192.0.2.53:53"'),
    ("192.0.2.53:53", "ns.example:53", 41, "is not an address with a port", "write"),
    (
        "[]\nallow",
        '["2001:db8::1"]\nallow',
        42,
        "with a port",
        'did you mean "[2001:db8',
    ),
    ("allow_private = true", 'allow_private = "yes"', 43, "true or false", None),
    (
        "allow_private = true",
        'allow_private = true\nrdap = "ftp://registry.example"',
        44,
        "is not a web address",
        None,
    ),
    (
        '"env:URL"',
        '"https://x.example/h/a8Fk29dLmQ0xPz7Ty"',
        46,
        "a secret never",
        None,
    ),
    ("[shop]", "[shop", 1, "this is not TOML", "write a table on a line"),
    ('"Kwiaty u Ani"', "“Kwiaty”", 2, "this is not TOML", "replace the curly quote “"),
    ("timezone", "url", 4, "this is not TOML", "remove one of the two"),
    ("[[hosts]]", "[hosts]", 24, "this is not TOML", None),
]


@pytest.mark.parametrize(("old", "new", "line", "said", "remedy"), BAD)
def test_a_slip_is_named_with_its_line_and_its_remedy(
    old: str, new: str, line: int, said: str, remedy: str | None
) -> None:
    assert old in GOOD

    found = complaints(GOOD.replace(old, new, 1))

    here = [p for p in found if p.line == line and said in str(p.what)]
    assert here, [(p.line, str(p.what)) for p in found]
    if remedy is not None:
        assert str(here[0].remedy).startswith(remedy)


def test_all_slips_are_told_at_once_in_the_order_of_the_lines() -> None:
    text = (
        GOOD.replace("name =", "nmae =", 1)
        .replace('"3h"', '"3 hours"')
        .replace('"+48600100200"', "48600100200")
        .replace('"60s"', '"one minute"')
    )

    found = complaints(text)

    assert [problem.line for problem in found] == [1, 2, 10, 17, 35]


def test_an_empty_file_is_told_everything_it_lacks() -> None:
    said = [str(problem.what) for problem in complaints("")]

    for part in ("shop.name", "shop.url", "contact.email", "contact.phone"):
        assert f"{part} is missing" in said
    assert "primary.contains is missing" in said
    assert "there is no place to publish to" in said


def test_every_kind_of_host_has_a_deadline_of_its_own() -> None:
    text = GOOD + '[[hosts]]\nkind = "folder"\npath = "other"\ndeadline = "90s"\n'
    deadlines = [host.deadline for host in parse(text, KINDS, ROOT).hosts]
    assert deadlines == [timedelta(seconds=60)] * 2 + [timedelta(seconds=90)]


def test_two_hosts_that_are_one_place_are_refused() -> None:
    text = GOOD + '[[hosts]]\nkind = "folder"\npath = "public-copy"\n'

    assert "this is the same place as folder" in str(complaints(text)[0].what)


@pytest.mark.parametrize("name", ["fallback-drill", "a.Fallback-Drill"])
def test_a_name_where_drills_come_and_go_is_refused(name: str) -> None:
    full = f"{name}.kwiaty.example"
    text = GOOD.replace('"www.kwiaty.example"', f'"{full}"')
    assert text != GOOD
    (problem,) = complaints(text)
    assert str(problem.what) == f"{full} is where drills come and go"
    assert "fallback-drill" in text.splitlines()[problem.line - 1].lower()
    assert str(problem.remedy).startswith("leave it out")


def test_two_tables_for_one_zone_are_refused() -> None:
    twice = GOOD[GOOD.index("[[dns]]") : GOOD.index("[state]")]

    said = [str(problem.what) for problem in complaints(GOOD + twice)]

    assert "dns: the zone kwiaty.example stands here twice" in said
    assert "www.kwiaty.example is redirected twice" in said


SECRETS = [
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "xoxb-2488-abcdefghij",
    "-----BEGIN PRIVATE KEY-----",
    "https://user:hunter2@kwiaty.example",
    "https://hooks.slack.com/services/T00/B00/XXXX",
    "123456789:AAabcdefghijklmnopqrstuvwxyz0123456",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "place",
    ['"Kwiaty u Ani"', '"public-copy"', '"env:KEY"', '"3h"', '"8-20"', '"/sw.js"'],
)
def test_a_secret_in_the_open_is_refused_and_never_repeated(
    secret: str, place: str
) -> None:
    found = complaints(GOOD.replace(place, f'"{secret}"', 1))

    everything = " ".join(f"{p.what} {p.remedy} {p.mended}" for p in found)
    assert "looks like a secret in the open" in everything
    assert secret not in everything


def test_a_random_word_under_a_telling_key_is_a_secret() -> None:
    secret = "q8Zk3vT0bY7nR5mX2cL9"

    found = complaints(GOOD + f'password = "{secret}"\n')

    assert any("looks like a secret" in str(p.what) for p in found)
    assert secret not in " ".join(f"{p.what} {p.remedy} {p.mended}" for p in found)


def test_a_secret_in_a_broken_line_is_not_repeated() -> None:
    secret = "AKIAIOSFODNN7EXAMPLE"

    found = complaints(GOOD.replace('"env:KEY"', f"“{secret}”"))

    assert secret not in " ".join(f"{p.what} {p.remedy} {p.mended}" for p in found)


def test_absurd_nesting_and_numbers_are_complaints_too() -> None:
    assert complaints("a = " + "[" * 5000)
    assert complaints("a = " + "1" * 9000)


TRICKY = '''\
# a comment
"quoted.key" = 1
a . b . "c" = """
two
lines""""
d = [ # why
  1, "x]", """
y""",
  { e = 1, "f" = [2] },
]
[ g ]
'literal' = 'C:\\'
[[h]]
i = 2026-11-22 10:00:00
[[h]]
i.j = { k = 1 }
[h.l]
m = "\\u0041\\""
[[h.n]]
o = 1
[[h.n]]
"\\u0041" = 2
'''


def test_lines_are_found_in_every_form_toml_has() -> None:
    tomllib.loads(TRICKY)

    found = places(TRICKY)

    assert found["quoted.key",] == 2
    assert found["a", "b", "c"] == 3
    assert found["d",] == 6
    assert found["d", 1] == 7
    assert found["d", 2] == 7
    assert found["d", 3, "f", 0] == 9
    assert found["g", "literal"] == 12
    assert found["h", 0, "i"] == 14
    assert found["h", 1, "i", "j", "k"] == 16
    assert found["h", 1, "l", "m"] == 18
    assert found["h", 1, "n", 0, "o"] == 20
    assert found["h", 1, "n", 1, "A"] == 22


@given(
    at=st.integers(0, len(GOOD)),
    cut=st.integers(0, 12),
    put=st.one_of(
        st.sampled_from(
            ["", '"', "'", "=", "[", "]", "\n", "{", "#", "0", "true", "“"]
        ),
        st.text(max_size=6),
    ),
)
@settings(deadline=None, max_examples=400)
def test_a_changed_file_is_refused_or_means_what_it_says(
    at: int, cut: int, put: str
) -> None:
    """Whatever a finger slips: no traceback, and no value changes silently."""
    text = GOOD[:at] + put + GOOD[at + cut :]
    try:
        config = parse(text, KINDS, ROOT)
    except ConfigError as error:
        lines = len(text.replace("\r\n", "\n").split("\n"))
        assert all(0 <= problem.line <= lines for problem in error.problems)
        return

    _same_text(config, tomllib.loads(text.removeprefix("\ufeff")))


def _same_text(config: Config, body: dict[str, object]) -> None:
    for key in ("name", "url", "theme"):
        if key in body["shop"]:  # type: ignore[operator]
            assert getattr(config.shop, key) == body["shop"][key]  # type: ignore[index]
    contact = body["contact"]
    assert isinstance(contact, dict)
    assert config.contact.phone == contact["phone"]
    assert config.contact.email == contact["email"]
    assert config.contact.links == contact.get("links", {})
    assert len(config.hosts) == len(body["hosts"])  # type: ignore[arg-type]
    for table, ours in zip(body.get("dns", []), config.dns, strict=True):  # type: ignore[call-overload]
        assert list(ours.names) == table["names"]
        assert ours.zone == table["zone"]


@given(
    st.dictionaries(
        st.sampled_from(["shop", "contact", "primary", "hosts", "dns", "state", "x"]),
        st.sampled_from(
            ['""', "1", "true", "[]", "{}", "[[]]", "[{}]", "1.5", "2026-11-22", '"x"']
        ),
    )
)
@settings(deadline=None, max_examples=300)
def test_tables_of_the_wrong_sort_are_complaints(tables: dict[str, str]) -> None:
    text = "\n".join(f"{key} = {value}" for key, value in tables.items())

    assert complaints(text)


PLACES = [
    (('name = "Kwiaty u Ani"', "name"), lambda c: c.shop.name),
    (('phone = "+48600100200"', "phone"), lambda c: c.contact.phone),
    (('email = "a@elsewhere.example"', "email"), lambda c: c.contact.email),
    (('contains = "Dodaj do koszyka"', "contains"), lambda c: c.primary.contains),
    (('bucket = "kwiaty"', "bucket"), lambda c: c.hosts[1].settings.bucket),
    (('bucket = "kwiaty"', 'bucket = "k"\nparts'), lambda c: c.hosts[1].settings.parts),
    (('bucket = "kwiaty"', 'bucket = "k"\ntidy'), lambda c: c.hosts[1].settings.tidy),
    (("allow_private = true", "allow_private"), lambda c: c.network.allow_private),
]


@pytest.mark.parametrize(("line", "of"), PLACES)
@given(
    value=st.one_of(
        st.integers(-(10**6), 10**12).map(str),
        st.floats(allow_nan=False, allow_infinity=False, width=16).map(repr),
        st.sampled_from(
            ["true", "false", "08:30:00", "2026-11-22", "[]", "{}", "0o17"]
        ),
        st.from_regex(r"\A\+?[0-9 ]{0,14}\Z").map(lambda text: f'"{text}"'),
        st.text(st.characters(min_codepoint=32, max_codepoint=0x17F), max_size=12).map(
            lambda text: "'" + text.replace("'", "") + "'"
        ),
    )
)
@settings(deadline=None, max_examples=60)
def test_a_value_arrives_as_it_was_written_or_is_refused(
    line: tuple[str, str], of: object, value: str
) -> None:
    """A phone number stays a phone number, and ``no`` stays a word."""
    text = GOOD.replace(line[0], f"{line[1]} = {value}", 1)
    try:
        config = parse(text, KINDS, ROOT)
    except ConfigError as error:
        assert error.problems
        return

    written = tomllib.loads(f"x = {value}")["x"]
    arrived = of(config)  # type: ignore[operator]
    assert (arrived, type(arrived)) == (written, type(written))
