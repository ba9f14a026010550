"""A saved plan is carried out exactly as it was agreed to, or not at all."""

import subprocess
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fallback.actions import restore as to_the_shop
from fallback.actions.apply import as_planned, find
from fallback.actions.moving import evidence, surveying
from fallback.actions.moving.moved import Moved, State
from fallback.actions.moving.planning import Planned, save
from fallback.actions.moving.surveying import By
from fallback.actions.redirect import WAY
from fallback.actions.watching.obeying import move_away
from fallback.core.config import Approval
from fallback.core.errors import Refused, UsageError
from fallback.core.model import Verdict
from fallback.core.records import RRset
from fallback.core.redirect.gates import Code
from fallback.core.redirect.journal import Entry, Event
from fallback.core.redirect.saved_plan import LIFE, Taken, encode
from fallback.core.watching import State as Watched
from tests import need
from tests.actions.world import World, world
from tests.fakes.dns import CAPS, Fault, Killed
from tests.servers import zones

APEX, WWW = "kwiaty.example.", "www.kwiaty.example."
SECOND = "kwiaty-dwa.example"
OTHER = (ip_address("192.0.2.250"),)
THEIRS = RRset(timedelta(seconds=120), ("203.0.113.9",))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return world(tmp_path, monkeypatch)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "plan.json"


def plan(site: World, file: Path, way=WAY, life=LIFE, **by: object) -> Planned:
    by = {"operator": "ania@laptop", "reason": "the disk", **by}
    return save(
        way,
        site.config,
        file,
        life=life,
        clock=site.clock,
        say=site.say,
        by=By(**by),
    )


def apply(site: World, file: Path, agree=None, **by: object) -> Moved:
    return as_planned(
        site.config,
        find(file),
        clock=site.clock,
        say=site.say,
        by=By(**{"operator": "jan@desk", **by}),
        agree=agree,
    )


def codes(moved: Moved) -> list[Code]:
    return [refusal.code for refusal in moved.refused]


def decisions(site: World) -> list[Entry]:
    return [e for e in site.journal.read().entries if e.event is Event.PLAN]


def test_planning_writes_the_file_and_nothing_else(site: World, file: Path) -> None:
    before = site.dns.records()
    done = plan(site, file)
    assert done.code == 0
    assert done.moved.zones[0].state is State.PLANNED
    assert site.dns.records() == before
    assert "commit" not in site.dns.calls
    assert not (site.config.root / ".fallback").exists()
    assert not site.journal.second.exists()
    assert find(file).plan == done.plan


def test_there_and_back_by_two_plans(site: World, file: Path, tmp_path: Path) -> None:
    before = site.dns.records()
    shown = plan(site, file).moved.zones[0].changes
    there = apply(site, file)
    assert (there.code, there.zones[0].changes) == (0, shown)
    assert site.dns.rrsets[WWW, "A"].rdatas == ("198.51.100.7",)
    site.shop = Verdict.UP
    back = tmp_path / "back.json"
    assert plan(site, back, to_the_shop.WAY).code == 0
    assert apply(site, back).code == 0
    assert site.dns.records() == before


def test_the_journal_says_whose_plan_it_was(site: World, file: Path) -> None:
    saved = plan(site, file).plan
    assert saved is not None
    apply(site, file)
    [entry] = decisions(site)
    assert entry.agreement is not None
    assert entry.agreement.plan == saved.digest
    assert entry.agreement.planned_by == "ania@laptop"
    assert (entry.operator, entry.reason) == ("jan@desk", "the disk")
    assert entry.epoch == saved.zones[0].epoch


def test_the_same_plan_is_shown_to_both(site: World, file: Path) -> None:
    first = [str(told) for told in plan(site, file).moved.told()]
    second: list[str] = []
    apply(site, file, agree=lambda moved: second.extend(map(str, moved.told())))
    assert second == first


def test_what_is_there_already_is_nothing_to_do(site: World, file: Path) -> None:
    plan(site, file)
    apply(site, file)
    site.clock.sleep(LIFE * 2)
    calls = site.dns.calls.count("commit")
    again = apply(site, file, agree=lambda _: pytest.fail("asked"))
    assert (again.code, again.zones[0].changes) == (0, ())
    assert site.dns.calls.count("commit") == calls


def test_on_another_machine_it_is_nothing_to_do_either(
    site: World, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(site, file)
    apply(site, file)
    site.config = evolve(site.config, root=tmp_path / "other")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other-state"))
    again = apply(site, file)
    assert (again.code, again.zones[0].state) == (0, State.REDIRECTED)
    assert site.journal.read().entries == ()


@pytest.mark.parametrize("fault", [Fault.KILLED_BEFORE_WRITE, Fault.KILLED_AFTER_WRITE])
def test_a_half_done_one_is_finished_even_when_it_is_late(
    site: World, file: Path, fault: Fault
) -> None:
    plan(site, file)
    site.dns.faults[len(site.dns.calls) + 2] = fault
    with pytest.raises(Killed):
        apply(site, file)
    assert site.dns.hit == [fault]
    site.clock.sleep(LIFE * 2)
    done = apply(site, file)
    assert done.code == 0
    assert site.dns.rrsets[APEX, "A"].rdatas == ("198.51.100.7",)
    assert len({entry.epoch for entry in decisions(site)}) == 1
    assert site.back().code == 0


@pytest.mark.parametrize("atomic", ["rrset", "record"])
def test_where_records_are_written_one_by_one_the_rest_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: Path, atomic: str
) -> None:
    site = world(tmp_path, monkeypatch, caps=evolve(CAPS, atomic=atomic))
    before = site.dns.records()
    saved = plan(site, file).plan
    assert saved is not None
    site.dns.faults[len(site.dns.calls) + 2] = Fault.KILLED_BEFORE_WRITE
    with pytest.raises(Killed):
        apply(site, file)
    for change in saved.zones[0].changes[1:3]:  # what a kill left behind
        site.dns.edit(change.name, change.type, change.after)
    assert apply(site, file).code == 0
    assert site.back().code == 0
    assert site.dns.records() == before


def test_names_that_lead_to_a_page_are_led_to_another_and_home(
    site: World, file: Path
) -> None:
    before = site.dns.records()
    site.redirect()
    site.clock.sleep(timedelta(minutes=5))
    [table] = site.config.dns
    site.config = evolve(site.config, dns=(evolve(table, target=OTHER),))
    plan(site, file)
    assert apply(site, file).code == 0
    assert site.dns.rrsets[APEX, "A"].rdatas == ("192.0.2.250",)
    assert apply(site, file).zones[0].changes == ()
    assert site.back().code == 0
    assert site.dns.records() == before


def test_a_name_that_somebody_changed_before_the_plan_stays_theirs(
    site: World, file: Path, tmp_path: Path
) -> None:
    site.redirect()
    site.dns.edit(WWW, "A", THEIRS)
    site.shop = Verdict.UP
    saved = plan(site, file, to_the_shop.WAY).plan
    assert saved is not None
    assert saved.zones[0].theirs == (WWW,)
    back = apply(site, file)
    assert (back.code, back.zones[0].state) == (3, State.DRIFTED)
    assert site.dns.rrsets[WWW, "A"] == THEIRS
    assert site.dns.rrsets[APEX, "A"].rdatas == ("192.0.2.10", "192.0.2.11")


def test_what_a_person_typed_from_the_plan_is_there_whatever_its_ttl(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    site = world(tmp_path, monkeypatch, caps=evolve(CAPS, cas="person"))
    saved = plan(site, file).plan
    assert saved is not None
    for change in saved.zones[0].changes:
        if change.type != "TXT":
            after = change.after and evolve(change.after, ttl=timedelta(minutes=5))
            site.dns.edit(change.name, change.type, after)
    done = apply(site, file)
    assert (done.code, done.zones[0].changes) == (0, ())


def test_it_expires(site: World, file: Path) -> None:
    plan(site, file, life=timedelta(hours=1))
    site.clock.sleep(timedelta(hours=1))
    late = apply(site, file)
    assert (late.code, codes(late)) == (5, [Code.PLAN_EXPIRED])
    assert "commit" not in site.dns.calls
    assert "--accept" not in " ".join(map(str, late.told()))


def test_a_zone_that_somebody_changed_meanwhile_is_left_alone(
    site: World, file: Path
) -> None:
    plan(site, file)
    site.dns.edit(WWW, "CNAME", None)
    site.dns.edit(WWW, "A", THEIRS)
    no = apply(site, file)
    assert (no.code, codes(no)) == (5, [Code.PLAN_DRIFT])
    assert "203.0.113.9" in str(no.zones[0].problem)
    assert "commit" not in site.dns.calls
    assert decisions(site) == []


def test_a_record_that_is_new_since_then_counts_as_well(
    site: World, file: Path
) -> None:
    plan(site, file)
    site.dns.edit(APEX, "SVCB", RRset(timedelta(seconds=60), ("1 other.example.",)))
    assert codes(apply(site, file)) == [Code.PLAN_DRIFT]


@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_was_edited_the_plan_is_done_exactly_or_refused(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("edited")
        site, file = world(folder, patch), folder / "plan.json"
        saved = plan(site, file).plan
        assert saved is not None
        keys = [c.key for c in saved.zones[0].decision if c.type != "TXT"]
        name, rtype = data.draw(st.sampled_from(keys))
        sides = {k: site.dns.rrsets.get(k) for k in keys}
        new = data.draw(st.sampled_from([None, THEIRS, *sides.values()]))
        site.dns.edit(name, rtype, new)
        before = site.dns.records()
        done = apply(site, file)
        if done.code == 0:
            for change in saved.zones[0].changes:
                assert site.dns.rrsets.get(change.key) == change.after
        else:
            assert done.code == 5
            assert site.dns.records() == before


def test_a_decision_in_between_ends_it(site: World, file: Path) -> None:
    plan(site, file)
    site.clock.sleep(timedelta(seconds=5))
    site.redirect()
    assert codes(apply(site, file)) == [Code.PLAN_OVERTAKEN]
    site.back()
    no = apply(site, file)  # every record is as it was, and yet it was decided
    assert (no.code, codes(no)) == (5, [Code.PLAN_OVERTAKEN])


def test_a_plan_that_was_taken_back_is_not_done_again(site: World, file: Path) -> None:
    plan(site, file)
    apply(site, file)
    site.clock.sleep(timedelta(seconds=5))
    site.back()
    before = site.dns.records()
    assert codes(apply(site, file)) == [Code.PLAN_OVERTAKEN]
    assert site.dns.records() == before


def test_two_plans_of_one_moment_are_not_taken_for_one_another(
    site: World, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "PAUSE", timedelta())
    monkeypatch.setattr(surveying.random, "randrange", lambda _: 7)
    plan(site, file)
    [table] = site.config.dns
    mine = site.config
    other = evolve(table, target=OTHER)
    site.config = evolve(mine, dns=(other,))
    plan(site, tmp_path / "other.json")
    assert find(file).plan.zones[0].epoch == (
        find(tmp_path / "other.json").plan.zones[0].epoch
    )
    assert apply(site, tmp_path / "other.json").code == 0
    site.config = mine
    assert codes(apply(site, file)) == [Code.PLAN_OVERTAKEN]


@pytest.mark.parametrize(
    "changed",
    [
        {"target": OTHER},
        {"names": (zones.NAME,)},
        {"ttl": timedelta(seconds=61)},
        {"provider": "another"},
    ],
)
def test_another_configuration_is_another_plan(
    site: World, file: Path, changed: dict
) -> None:
    plan(site, file)
    [table] = site.config.dns
    site.config = evolve(site.config, dns=(evolve(table, **changed),))
    no = apply(site, file)
    assert (no.code, codes(no)) == (5, [Code.PLAN_ELSEWHERE])
    assert no.zones[0].state is State.REFUSED
    assert "commit" not in site.dns.calls


def test_another_shop_refuses_it(site: World, file: Path) -> None:
    plan(site, file)
    shop = evolve(site.config.shop, url="https://inny.example")
    site.config = evolve(site.config, shop=shop)
    no = apply(site, file)
    assert codes(no) == [Code.PLAN_ELSEWHERE]
    assert "inny.example" in str(no.refused[0].why)


def test_a_zone_that_is_gone_from_the_configuration_refuses_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    site = world(tmp_path, monkeypatch, zones.NAME, SECOND)
    plan(site, file)
    site.config = evolve(site.config, dns=site.config.dns[:1])
    no = apply(site, file)
    assert (no.code, len(no.zones)) == (5, 2)
    assert not any("commit" in zone.calls for zone in site.zones.values())


def test_zones_that_were_not_planned_are_not_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    site = world(tmp_path, monkeypatch, zones.NAME, SECOND)
    both = site.config
    site.config = evolve(both, dns=both.dns[:1])
    plan(site, file)
    site.config = both
    done = apply(site, file)
    assert [zone.zone for zone in done.zones] == [APEX]
    assert site.zones[f"{SECOND}."].calls == []


# --- gates


def test_the_gates_are_asked_again(site: World, file: Path) -> None:
    plan(site, file)
    site.shop = Verdict.UP
    no = apply(site, file)
    assert (no.code, codes(no)) == (5, [Code.SHOP_ANSWERS])
    assert "commit" not in site.dns.calls


def test_what_was_not_agreed_to_cannot_be_taken_over_by_one(
    site: World, file: Path
) -> None:
    plan(site, file)
    site.shop = Verdict.UP
    assert codes(apply(site, file, accept=("shop-answers",))) == [Code.SHOP_ANSWERS]


def test_what_was_accepted_in_the_plan_is_accepted_then(
    site: World, file: Path
) -> None:
    site.shop = Verdict.UP
    saved = plan(site, file, accept=("shop-answers",)).plan
    assert saved is not None
    assert [each.code for each in saved.accepted] == ["shop-answers"]
    assert apply(site, file).code == 0
    assert decisions(site)[0].accepted == ("shop-answers",)


def test_it_is_accepted_for_that_zone_only(site: World, file: Path) -> None:
    saved = plan(site, file).plan
    assert saved is not None
    taken = (Taken("page-differs", "another.example.", "as it was"),)
    file.write_bytes(encode(evolve(saved, accepted=taken)))
    site.page = None
    assert set(codes(apply(site, file))) == {Code.PAGE_DIFFERS}


def test_a_refused_zone_is_in_no_plan(site: World, file: Path) -> None:
    site.shop = Verdict.UP
    no = plan(site, file)
    assert (no.code, no.plan) == (5, None)
    assert not file.exists()


def test_without_anything_to_do_no_file_is_written(site: World, file: Path) -> None:
    site.redirect()
    idle = plan(site, file)
    assert (idle.code, file.exists()) == (0, False)
    assert "no plan was saved" in " ".join(map(str, idle.told()))


# --- the file


def test_no_file_is_overwritten(site: World, file: Path) -> None:
    file.write_text("of somebody's")
    with pytest.raises(UsageError, match="already"):
        plan(site, file)
    assert file.read_text() == "of somebody's"


def test_a_file_that_is_not_there_is_told_of(site: World, file: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        apply(site, file)


def test_a_spoilt_file_is_refused(site: World, file: Path) -> None:
    plan(site, file)
    file.write_bytes(file.read_bytes().replace(b"198.51.100.7", b"198.51.100.8"))
    with pytest.raises(Refused, match="changed after it was saved"):
        apply(site, file)


def test_records_that_the_configuration_does_not_want_are_not_written(
    site: World, file: Path
) -> None:
    saved = plan(site, file).plan
    assert saved is not None
    [zone] = saved.zones

    def led(change):
        if change.after is None or change.type != "A":
            return change
        return evolve(change, after=THEIRS)

    crafted = evolve(
        zone,
        changes=tuple(map(led, zone.changes)),
        decision=tuple(map(led, zone.decision)),
    )
    file.write_bytes(encode(evolve(saved, zones=(crafted,))))
    assert codes(apply(site, file)) == [Code.PLAN_OVERTAKEN]
    assert "commit" not in site.dns.calls


# --- two people


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name in ("second", "stranger"):
        call = [need.program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", name]
        subprocess.run([*call, "-f", folder / name], check=True)
    return folder


@pytest.fixture
def pair(site: World, keys: Path) -> World:
    line = (keys / "second.pub").read_text().strip()
    site.config = evolve(site.config, approval=Approval((line,)))
    return site


def sign(file: Path, key: Path, namespace: str = "fallback") -> None:
    file.with_name(f"{file.name}.sig").unlink(missing_ok=True)
    call = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", key, file]
    subprocess.run(call, check=True, stderr=subprocess.DEVNULL)


def test_one_alone_is_told_how_two_do_it(pair: World) -> None:
    no = pair.redirect()
    assert (no.code, codes(no)) == (5, [Code.UNSIGNED])
    remedy = str(no.refused[0].remedy)
    assert "fallback redirect --plan FILE" in remedy
    assert "ssh-keygen -Y sign -n fallback -f KEY FILE" in remedy
    assert "fallback apply FILE" in remedy
    assert "commit" not in pair.dns.calls


def test_in_need_one_alone_can_and_the_journal_says_so(pair: World) -> None:
    assert pair.redirect(accept=("unsigned",)).code == 0
    [entry] = decisions(pair)
    assert entry.accepted == ("unsigned",)
    assert "unsigned" in entry.gates
    assert codes(pair.back()) == [Code.UNSIGNED]


def test_the_watcher_needs_no_signature(pair: World) -> None:
    move_away(pair.config, Watched(), pair.clock, pair.say, str)
    [entry] = decisions(pair)
    assert "unsigned" not in entry.gates
    assert pair.dns.rrsets[WWW, "A"].rdatas == ("198.51.100.7",)


def test_the_signature_of_a_pinned_key_moves_the_names(
    pair: World, file: Path, keys: Path
) -> None:
    told = plan(pair, file)
    assert f"ssh-keygen -Y sign -n fallback -f KEY {file}" in told.sign
    sign(file, keys / "second")
    assert apply(pair, file).code == 0
    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", keys / "second.pub"], capture_output=True, check=True
    )
    [entry] = decisions(pair)
    assert entry.agreement is not None
    assert entry.agreement.signed_by == shown.stdout.decode().split()[1]
    assert "unsigned" in entry.gates
    assert entry.accepted == ()


@pytest.mark.parametrize(
    "wrong", ["none", "stranger", "namespace", "another file", "rubbish"]
)
def test_any_other_signature_is_none(
    pair: World, file: Path, keys: Path, tmp_path: Path, wrong: str
) -> None:
    plan(pair, file)
    signature = file.with_name(f"{file.name}.sig")
    match wrong:
        case "stranger":
            sign(file, keys / "stranger")
        case "namespace":
            sign(file, keys / "second", "git")
        case "another file":
            other = tmp_path / "other.json"
            plan(pair, other, reason="another")
            sign(other, keys / "second")
            other.with_name(f"{other.name}.sig").rename(signature)
        case "rubbish":
            signature.write_text("rubbish")
    no = apply(pair, file)
    assert (no.code, codes(no)) == (5, [Code.UNSIGNED])
    assert "commit" not in pair.dns.calls
    done = apply(pair, file, accept=("unsigned",))
    assert done.code == 0
    assert decisions(pair)[0].accepted == ("unsigned",)


def test_a_plan_cannot_say_of_itself_that_it_needs_no_signature(
    pair: World, file: Path
) -> None:
    saved = plan(pair, file).plan
    assert saved is not None
    taken = (Taken("unsigned", "", "who needs it"),)
    file.write_bytes(encode(evolve(saved, accepted=taken)))
    assert codes(apply(pair, file)) == [Code.UNSIGNED]


def test_without_openssh_nothing_counts_as_signed(
    pair: World, file: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(pair, file)
    sign(file, keys / "second")
    monkeypatch.setenv("PATH", "")
    no = apply(pair, file)
    assert codes(no) == [Code.UNSIGNED]
    assert "OpenSSH" in str(no.refused[0].why)
