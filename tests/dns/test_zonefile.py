"""A master file that a real BIND serves, edited in place."""

import os
import stat
import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from attrs import evolve, frozen

from fallback.core.errors import Conflict, Refused, Unavailable, Unknown
from fallback.core.records import Commit, Plan, RRset, plan_redirect
from fallback.dns import zonefile
from fallback.wire import durable
from fallback.wire.dns import masteredit
from tests.contracts.dns import MINUTE, TARGET, DnsContract
from tests.servers import zones
from tests.servers.bind import Bind

LATER = date(2026, 11, 22)


@frozen
class _World:
    bind: Bind
    provider: zonefile.ZoneFile

    def records(self) -> frozenset[zones.Record]:
        return self.bind.records()

    def edit(self, name: str, rtype: str, rrset: RRset | None) -> None:
        """Somebody edits the file in an editor, and reloads."""
        text = self.bind.file.read_text()
        zone = zones.parse(text)
        gone = {
            line
            for line in text.splitlines()
            if line.split(";")[0].split()
            and any(
                data in line
                for n, t, _, data in zones.records(zone)
                if (n, t) == (name, rtype)
            )
        }
        kept = [line for line in text.splitlines() if line not in gone]
        seconds = int(rrset.ttl.total_seconds()) if rrset else 0
        added = [
            f"{name} {seconds} {rtype} {data}"
            for data in (rrset.rdatas if rrset else ())
        ]
        serial = str(zone.get_soa().serial)
        fresh = "\n".join((*kept, *added, ""))
        self.bind.file.write_text(fresh.replace(serial, str(int(serial) + 1), 1))
        self.bind.reload()

    def carry_out(self, commit: Commit) -> None:
        assert commit.by_hand == ()


def provider(bind: Bind) -> zonefile.ZoneFile:
    return zonefile.ZoneFile(bind.file, bind.reload_command, lambda: LATER)


class TestZoneFile(DnsContract):
    @pytest.fixture
    def world(self, plain_bind: Bind) -> _World:
        return _World(plain_bind, provider(plain_bind))

    def test_there_and_back_every_byte_but_the_serial_is_as_it_was(
        self, world: _World
    ) -> None:
        before = world.bind.file.read_bytes()
        there = self.redirect(world)
        self.commit(world, there)
        assert b"put aside by fallback, decision 1: www 600" in (
            world.bind.file.read_bytes()
        )
        self.commit(world, there.reverse(epoch=2))
        after = world.bind.file.read_bytes()
        assert after == before.replace(b"2026010107", b"2026112201")

    def test_the_server_has_read_it_when_commit_returns(self, world: _World) -> None:
        self.commit(world, self.redirect(world))
        assert world.bind.transfer().get_soa().serial == 2026112200
        assert not list(world.bind.folder.glob(".zone.db.reload-due"))

    def test_a_failed_reload_is_said_and_carried_out_later(self, world: _World) -> None:
        plan = self.redirect(world)
        before = world.records()
        broken = evolve(world.provider, reload=f"{sys.executable} -c 'exit(7)'")
        with pytest.raises(Unknown) as said:
            broken.commit(zones.NAME, plan)
        assert "is changed, but the server did not read it again" in str(said.value)
        assert "exit 7" in str(said.value)
        assert world.records() == before
        with pytest.raises(Unavailable):
            broken.read(zones.NAME, zones.NAMES)
        assert self.read(world).get(plan.keys[0]) is not None
        assert world.records() != before

    def test_a_kill_between_file_and_reload_is_made_good_by_the_next_read(
        self, world: _World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Killed(BaseException):
            pass

        def die(_: object) -> None:
            raise Killed

        plan = self.redirect(world)
        before = world.records()
        with monkeypatch.context() as patched:
            patched.setattr(zonefile.ZoneFile, "_complaint_of_reload", die)
            with pytest.raises(Killed):
                world.provider.commit(zones.NAME, plan)
        assert world.records() == before
        self.read(world)
        assert world.records() != before


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "zones" / "kwiaty.db"
    path.parent.mkdir()
    path.write_text(zones.TEXT)
    return path


def plan_for(path: Path) -> Plan:
    there = zonefile.ZoneFile(path)
    return plan_redirect(
        there.read(zones.NAME, zones.NAMES),
        zones.NAMES,
        TARGET,
        MINUTE,
        epoch=1,
        caps=there.caps,
    )


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("$INCLUDE other.db", "$INCLUDE"),
        ("$GENERATE 1-5 host$ A 192.0.2.$", "$GENERATE"),
        ("$generate 1-5 host$ A 192.0.2.$", "$GENERATE"),
        ("$FUTURE 1", "$FUTURE"),
    ],
)
def test_a_file_that_is_made_of_more_than_itself_is_refused(
    file: Path, line: str, word: str
) -> None:
    file.write_text(zones.TEXT + line + "\n")
    with pytest.raises(Refused) as refused:
        zonefile.ZoneFile(file).read(zones.NAME, zones.NAMES)
    assert word in str(refused.value)
    assert refused.value.code == 5


def test_a_zone_with_a_journal_is_refused(file: Path) -> None:
    file.with_name("kwiaty.db.jnl").write_bytes(b"")
    with pytest.raises(Refused) as refused:
        zonefile.ZoneFile(file).read(zones.NAME, zones.NAMES)
    assert "rfc2136" in str(refused.value.next)


def test_a_signed_file_is_refused(file: Path) -> None:
    file.write_text(zones.TEXT + "www NSEC mail A RRSIG NSEC\n")
    with pytest.raises(Refused) as refused:
        zonefile.ZoneFile(file).read(zones.NAME, zones.NAMES)
    assert "signatures" in str(refused.value)


def test_a_file_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    missing = zonefile.ZoneFile(tmp_path / "nowhere" / "zone.db")
    with pytest.raises(Unavailable):
        missing.read(zones.NAME, zones.NAMES)
    assert not (tmp_path / "nowhere").exists()


def test_an_edit_just_before_the_rename_wins(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_for(file)
    theirs = zones.TEXT + "new A 192.0.2.77\n"
    edited = masteredit.edited
    hit = []

    def slowly(text: str, zone: str, plan: Plan, today: date) -> str:
        fresh = edited(text, zone, plan, today)
        file.write_text(theirs)
        hit.append(fresh)
        return fresh

    monkeypatch.setattr(masteredit, "edited", slowly)
    with pytest.raises(Conflict):
        zonefile.ZoneFile(file).commit(zones.NAME, plan)
    assert hit
    assert file.read_text() == theirs


def test_two_of_us_at_once_do_not_overwrite_each_other(file: Path) -> None:
    plan = plan_for(file)
    with (
        durable.lock(file.with_name(".kwiaty.db.lock")),
        pytest.raises(Unavailable),
    ):
        zonefile.ZoneFile(file).commit(zones.NAME, plan)
    assert file.read_text() == zones.TEXT


def test_a_full_disk_leaves_the_file_as_it_was(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, hit = plan_for(file), []

    def full(*_: object, **__: object) -> None:
        hit.append(True)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(durable, "replace", full)
    with pytest.raises(Unavailable) as said:
        zonefile.ZoneFile(file).commit(zones.NAME, plan)
    assert hit
    assert "No space left" in str(said.value)
    assert file.read_text() == zones.TEXT


def test_owner_mode_and_symbolic_link_stay(file: Path, tmp_path: Path) -> None:
    file.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(file, 1234, 1234)
    before = file.stat()
    link = tmp_path / "link.db"
    link.symlink_to(file)
    connected = zonefile.connect(
        zonefile.Settings(link),
        SimpleNamespace(root=tmp_path),  # type: ignore[arg-type]
    )
    connected.commit(zones.NAME, plan_for(file))
    assert link.is_symlink()
    after = file.stat()
    assert stat.S_IMODE(after.st_mode) == 0o640
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
    assert file.read_text() != zones.TEXT


def test_a_command_that_cannot_be_split_is_a_complaint() -> None:
    complaints = zonefile.Settings(Path("z"), "rndc 'reload").complaints()
    assert [key for key, _ in complaints] == ["reload"]
