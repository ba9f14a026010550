"""Master files come back byte for byte, and never read otherwise than intended."""

import re
import subprocess
from datetime import date, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fallback.core.errors import Refused
from fallback.core.records import (
    Caps,
    Change,
    Plan,
    RRset,
    absolute,
    plan_redirect,
)
from fallback.wire.dns import masterfile, presentation, zones
from fallback.wire.dns.masteredit import edited, next_serial
from tests import need
from tests.wire.dns.master_files import ZONE, master_files

CAPS = Caps("batch", "check-then-write", None, presentation.TYPES)
TODAY = date(2026, 11, 22)
NAMES = ("kwiaty.example", "www.kwiaty.example", "new.kwiaty.example")
TARGETS = st.sampled_from(
    [
        (ip_address("198.51.100.7"),),
        (ip_address("192.0.2.1"), ip_address("198.51.100.7")),
        (ip_address("2001:db8:f::7"),),
    ]
)

many = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


def plan_of(text: str, names: tuple[str, ...], target: object, epoch: int = 1) -> Plan:
    seen = zones.snapshot(masterfile.parse(text, ZONE), names)
    return plan_redirect(
        seen,
        names,
        target,  # type: ignore[arg-type]
        timedelta(seconds=60),
        epoch=epoch,
        caps=CAPS,
    )


def without_serial(text: str) -> str:
    pattern = r"(SOA (?:\( )?ns1 host\S* (?:\( )?)\d+"
    found, count = re.subn(pattern, r"\1N", text)
    assert count == 1
    return found


def holds(text: str) -> masterfile.Contents:
    """Return what dnspython finds in *text*, the SOA aside."""
    found = masterfile.contents(masterfile.parse(text, ZONE))
    return {key: value for key, value in found.items() if key[1] != "SOA"}


def readable(text: str) -> bool:
    try:
        masterfile.parse(text, ZONE)
    except Refused:
        return False
    return True


@many
@given(master_files(ttl=True), TARGETS, st.integers(1, 3))
def test_there_and_back_every_byte_but_the_serial_is_as_it_was(
    text: str, target: object, count: int
) -> None:
    assume(readable(text))
    there = plan_of(text, NAMES[:count], target)
    moved = edited(text, ZONE, there, TODAY)
    back = edited(moved, ZONE, there.reverse(epoch=2), TODAY)
    assert without_serial(back) == without_serial(text)


@many
@given(master_files(ttl=True), TARGETS)
def test_only_the_plan_changes_and_every_other_line_stays(
    text: str, target: object
) -> None:
    assume(readable(text))
    plan = plan_of(text, NAMES, target)
    moved = edited(text, ZONE, plan, TODAY)
    before, after = holds(text), holds(moved)
    assert {k for k in before | after if before.get(k) != after.get(k)} <= set(
        plan.keys
    )
    for change in plan.changes:
        wanted = change.after
        assert after.get(change.key) == (
            None if wanted is None else (wanted.ttl.seconds, frozenset(wanted.rdatas))
        )
    aside = r"; put aside by fallback, decision 1: "
    ours = r"[^\n]* ; (?:added|spelled out) by fallback, decision 1(?:\r?\n|$)"
    restored = re.sub(aside, "", re.sub(ours, "", moved))
    # the last line's missing end is kept by whichever line is the last
    assert without_serial(restored).rstrip() == without_serial(text).rstrip()


@many
@given(master_files(ttl=False), TARGETS)
def test_without_a_ttl_directive_it_comes_back_too_or_is_refused_untouched(
    text: str, target: object
) -> None:
    assume(readable(text))
    there = plan_of(text, NAMES, target)
    try:
        moved = edited(text, ZONE, there, TODAY)
    except Refused:
        return
    back = edited(moved, ZONE, there.reverse(epoch=2), TODAY)
    assert without_serial(back) == without_serial(text)


@many
@given(master_files(ttl=True), TARGETS, st.data())
def test_it_can_come_back_name_by_name_and_be_moved_twice(
    text: str, target: object, data: st.DataObject
) -> None:
    assume(readable(text))
    there = plan_of(text, NAMES, target)
    moved = edited(text, ZONE, there, TODAY)
    back = there.reverse(epoch=2)
    first = data.draw(st.sets(st.sampled_from(back.keys)))
    # a name comes back whole, or a CNAME would stand beside an address
    names = {name for name, _ in first}
    half = back.only([key for key in back.keys if key[0] in names])
    rest = back.only([key for key in back.keys if key[0] not in names])
    halfway = edited(moved, ZONE, half, TODAY)
    home = edited(halfway, ZONE, rest, TODAY)
    assert without_serial(home) == without_serial(text)
    again = plan_of(home, NAMES, target, epoch=3)
    away = edited(home, ZONE, again, TODAY)
    assert holds(away) == {
        **holds(moved),
        again.changes[0].key: (60, frozenset(again.changes[0].after.rdatas)),  # type: ignore[union-attr]
    }
    last = edited(away, ZONE, again.reverse(epoch=4), TODAY)
    assert without_serial(last) == without_serial(text)


@many
@given(master_files(ttl=True), TARGETS)
def test_if_our_remarks_are_deleted_the_records_come_back_nevertheless(
    text: str, target: object
) -> None:
    assume(readable(text))
    there = plan_of(text, NAMES, target)
    moved = edited(text, ZONE, there, TODAY)
    tidied = "".join(
        line.replace(" ; added by fallback, decision 1", "")
        for line in re.findall(r"[^\n]*\n|[^\n]+", moved)
        if not line.startswith("; put aside by fallback")
    )
    assume(holds(tidied) == holds(moved))
    back = edited(tidied, ZONE, there.reverse(epoch=2), TODAY)
    assert holds(back) == holds(text)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=master_files(), target=TARGETS)
def test_bind_reads_what_we_wrote_as_we_meant_it(
    text: str, target: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assume(readable(text))
    folder = tmp_path_factory.mktemp("zone")
    try:
        there = plan_of(text, NAMES, target)
        moved = edited(text, ZONE, there, TODAY)
    except Refused:
        return
    assume(of_one_ttl(text))
    before = compiled(folder, text)
    assume(before is not None)
    after = compiled(folder, moved)
    assert after is not None
    assert before is not None
    for change in there.changes:
        wanted = change.after
        assert after.pop(change.key, None) == (
            None if wanted is None else (wanted.ttl.seconds, frozenset(wanted.rdatas))
        )
        before.pop(change.key, None)
    assert after == before


def of_one_ttl(text: str) -> bool:
    """Return whether no set states two TTLs; which one counts is each server's idea."""
    ttls: dict[tuple[str, str], set[int]] = {}
    context = masterfile.Context.of(ZONE)
    for entry in masterfile.scan(text):
        if record := context.read(entry):
            ttls.setdefault(record.key, set()).add(record.ttl)
    return all(len(stated) == 1 for stated in ttls.values())


def compiled(folder: Path, text: str) -> masterfile.Contents | None:
    """Return what BIND finds in *text*, the SOA aside; ``None`` if it refuses."""
    file = folder / "zone.db"
    file.write_bytes(text.encode("latin-1"))
    done = subprocess.run(
        [
            need.program("named-compilezone"),
            *("-i", "none", "-k", "ignore", "-n", "ignore", "-M", "ignore"),
            *("-r", "ignore", "-s", "full", "-o", "-", "-q", ZONE, str(file)),
        ],
        capture_output=True,
        timeout=20,
        check=False,
    )
    if done.returncode:
        return None
    return holds(done.stdout.decode("latin-1"))


HEAD = """\
$TTL 1h
@ SOA ns1 host 7 1 1 1 1
  NS ns1
"""


def simple(body: str, *changes: Change, epoch: int = 1) -> str:
    plan = Plan(absolute(ZONE), epoch, changes)
    return edited(HEAD + body, ZONE, plan, TODAY).removeprefix(
        HEAD.replace(" 7 ", " 8 ")
    )


def a(*addresses: str, ttl: int = 3600) -> RRset:
    return RRset(timedelta(seconds=ttl), addresses)


def test_a_line_that_leaned_on_one_that_goes_is_spelled_out_meanwhile() -> None:
    """``MX`` has no owner of its own; without the A above it would be the apex's."""
    body = "www A 192.0.2.1\n    MX 10 mail ; post\nmail A 192.0.2.2\n"
    change = Change("www.kwiaty.example.", "A", a("192.0.2.1"), None)
    moved = simple(body, change)
    assert moved == (
        "; put aside by fallback, decision 1: www A 192.0.2.1\n"
        "www.kwiaty.example. 3600 IN MX 10 mail ; spelled out by fallback, decision 1\n"
        "; put aside by fallback, decision 1:     MX 10 mail ; post\n"
        "mail A 192.0.2.2\n"
    )
    home = edited(
        HEAD + moved, ZONE, Plan(absolute(ZONE), 2, (change.reverse(),)), TODAY
    )
    assert without_serial(home) == without_serial(HEAD + body)


def test_new_records_stand_where_the_old_ones_stood() -> None:
    body = "www A 192.0.2.1\nmail A 192.0.2.2\n"
    new = a("198.51.100.7", ttl=60)
    moved = simple(body, Change("www.kwiaty.example.", "A", a("192.0.2.1"), new))
    assert moved == (
        "www.kwiaty.example. 60 IN A 198.51.100.7 ; added by fallback, decision 1\n"
        "; put aside by fallback, decision 1: www A 192.0.2.1\n"
        "mail A 192.0.2.2\n"
    )


def test_a_last_line_without_its_end_comes_back_without_it() -> None:
    change = Change("www.kwiaty.example.", "A", None, a("192.0.2.1"))
    moved = simple("mail A 192.0.2.2", change)
    assert moved.endswith(
        "mail A 192.0.2.2\nwww.kwiaty.example. 3600 IN A 192.0.2.1"
        " ; added by fallback, decision 1"
    )
    back = Plan(absolute(ZONE), 2, (change.reverse(),))
    assert edited(HEAD + moved, ZONE, back, TODAY).endswith("mail A 192.0.2.2")


def test_a_new_home_leaves_the_old_lines_as_a_remark() -> None:
    body = "www A 192.0.2.1\n"
    there = Change(
        "www.kwiaty.example.", "A", a("192.0.2.1"), a("198.51.100.7", ttl=60)
    )
    moved = simple(body, there)
    elsewhere = Change("www.kwiaty.example.", "A", there.after, a("203.0.113.9"))
    text = HEAD + moved
    home = edited(text, ZONE, Plan(absolute(ZONE), 2, (elsewhere,)), TODAY)
    assert holds(home)["www.kwiaty.example.", "A"] == (3600, frozenset({"203.0.113.9"}))
    assert "decision 1: www A 192.0.2.1\n" in home


def test_somebody_who_answers_in_the_middle_of_our_lines_is_kept() -> None:
    body = "www A 192.0.2.1\n"
    there = Change(
        "www.kwiaty.example.", "A", a("192.0.2.1"), a("198.51.100.7", ttl=60)
    )
    moved = HEAD + simple(body, there) + "www AAAA 2001:db8::1\n"
    home = edited(moved, ZONE, Plan(absolute(ZONE), 2, (there.reverse(),)), TODAY)
    assert without_serial(home) == without_serial(
        HEAD + body + "www AAAA 2001:db8::1\n"
    )


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("www ( A 192.0.2.1\n", "("),
        ("www A 192.0.2.1 )\n", ")"),
        ('www TXT "open\n', '"'),
        ("www CH TXT x\n", ""),
        ("www NONSENSE x\n", ""),
        ("www CNAME a\nwww A 192.0.2.1\n", ""),
    ],
)
def test_what_cannot_be_read_is_refused(body: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        masterfile.parse(HEAD + body, ZONE)
    assert why in str(refused.value)


def test_a_ttl_that_two_servers_would_read_differently_is_refused() -> None:
    text = (
        "@ SOA ns1 host 7 1 1 1 60\n  NS ns1\nwww 300 A 192.0.2.1\nmail A 192.0.2.2\n"
    )
    change = Change("x.kwiaty.example.", "A", None, a("192.0.2.1"))
    with pytest.raises(Refused):
        edited(text, ZONE, Plan(absolute(ZONE), 1, (change,)), TODAY)


@pytest.mark.parametrize(
    ("serial", "fresh"),
    [
        (7, 8),
        (2026010107, 2026112200),
        (2026112200, 2026112201),
        (2026112299, 2026112300),
        (2026113099, 2026120100),
        (2099010101, 2099010102),
        (2026139901, 2026139902),
        (4294967295, 1),
        (4294967294, 4294967295),
        (0, 1),
    ],
)
def test_serials_keep_their_style(serial: int, fresh: int) -> None:
    assert next_serial(serial, TODAY) == fresh


@given(st.integers(0, 2**32 - 1), st.dates(date(2024, 1, 1), date(2060, 1, 1)))
def test_a_serial_is_always_newer(serial: int, today: date) -> None:
    """RFC 1982 section 3.2: the distance forwards is below 2^31."""
    assert 0 < (next_serial(serial, today) - serial) % 2**32 < 2**31
