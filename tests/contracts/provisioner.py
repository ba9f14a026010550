"""The exam of everything that sets a host up: ``class TestX(ProvisionerContract)``.

A subclass says how to get at the vendor behind it (``Vendor``), and its ``kind``.
"""

from collections.abc import Iterable
from importlib import import_module
from random import Random
from typing import Protocol

import attrs
import pytest

from fallback.core.hosts.provision import Outcome
from fallback.core.ports import Provisioner
from tests.fakes.host import KilledError

NAMES = ("kwiaty.example", "www.kwiaty.example")
_MOST_CHANGES = 60
_MOST_ROUNDS = 6


class Vendor(Protocol):
    """A fresh account, seen from behind the provisioner's back."""

    def provisioner(self) -> Provisioner: ...
    def dying_after(self, changes: int) -> Provisioner:
        """Return one that raises ``KilledError`` before change number *changes*+1."""

    def things(self) -> Iterable[str]:
        """Return everything that is there, with what decides how it works."""

    def changes(self) -> list[str]:
        """Return a provisioner's calls that changed something since the last time."""

    def pass_time(self) -> None:
        """Do what only a person or time can: validate, press the button, roll out."""

    def leave_things_of_others(self) -> None:
        """Put things of somebody else beside ours."""


class ProvisionerContract:
    """What every provisioner promises (``fallback.core.ports.Provisioner``)."""

    kind: str
    share = 1.0
    """How many of the places where it can be killed are tried, drawn by a seed."""

    @pytest.fixture
    def vendor(self) -> Vendor:
        raise NotImplementedError

    def test_what_is_made_is_said_to_be_made_and_found_the_next_time(self, vendor):
        first = vendor.provisioner().setup(NAMES)
        assert Outcome.MADE in outcomes(first)
        assert outcomes(first) <= {Outcome.MADE, Outcome.FOUND}
        assert vendor.changes()
        settled(vendor, "setup")
        assert outcomes(vendor.provisioner().setup(NAMES)) == {Outcome.FOUND}

    def test_setting_up_twice_makes_nothing_twice(self, vendor):
        settled(vendor, "setup")
        before = seen(vendor)
        vendor.changes()
        vendor.provisioner().setup(NAMES)
        assert vendor.changes() == []
        assert seen(vendor) == before

    def test_the_settings_it_prints_are_settings_of_that_kind(self, vendor):
        known = import_module(f"fallback.hosts.{self.kind}").Settings
        keys = {each.name for each in attrs.fields(known)} | {"url"}
        assert set(settled(vendor, "setup").settings) <= keys

    def test_the_narrowest_credential_is_said(self, vendor):
        assert vendor.provisioner().setup(NAMES).policy

    def test_where_dns_would_point_is_known_and_asking_changes_nothing(self, vendor):
        vendor.provisioner().pointing_here()
        assert vendor.changes() == []
        settled(vendor, "setup")
        vendor.changes()
        here = vendor.provisioner().pointing_here()
        assert here
        assert vendor.changes() == []
        assert not any("/" in each or each != each.strip(".") for each in here)

    def test_what_the_vendor_leads_here_by_itself_is_a_part_of_it(self, vendor):
        settled(vendor, "setup")
        vendor.changes()
        about = vendor.provisioner()
        assert set(about.attached()) <= set(about.pointing_here())
        assert vendor.changes() == []

    def test_taking_down_takes_away_all_that_was_made_and_nothing_else(self, vendor):
        vendor.leave_things_of_others()
        before = seen(vendor)
        settled(vendor, "setup")
        assert seen(vendor) != before
        settled(vendor, "teardown")
        assert seen(vendor) == before

    def test_taking_down_twice_changes_nothing_more(self, vendor):
        settled(vendor, "setup")
        settled(vendor, "teardown")
        vendor.changes()
        again = vendor.provisioner().teardown()
        assert outcomes(again) <= {Outcome.ABSENT}
        assert vendor.changes() == []

    def test_taking_down_what_never_was_changes_nothing(self, vendor):
        vendor.leave_things_of_others()
        before = seen(vendor)
        assert outcomes(vendor.provisioner().teardown()) <= {Outcome.ABSENT}
        assert vendor.changes() == []
        assert seen(vendor) == before

    def test_a_setup_killed_between_any_two_changes_is_finished_by_the_same_command(
        self, vendor
    ):
        settled(vendor, "setup")
        whole = seen(vendor)
        settled(vendor, "teardown")
        for died in deaths(vendor, "setup", self.share):
            settled(vendor, "setup")
            assert seen(vendor) == whole, f"after {died} changes"
            settled(vendor, "teardown")

    def test_half_a_setup_can_be_taken_down(self, vendor):
        vendor.leave_things_of_others()
        before = seen(vendor)
        for died in deaths(vendor, "setup", self.share):
            settled(vendor, "teardown")
            assert seen(vendor) == before, f"after {died} changes"

    def test_a_teardown_killed_between_any_two_changes_is_finished_by_the_same_command(
        self, vendor
    ):
        before = seen(vendor)
        settled(vendor, "setup")
        for died in deaths(vendor, "teardown", self.share):
            settled(vendor, "teardown")
            assert seen(vendor) == before, f"after {died} changes"
            settled(vendor, "setup")


def outcomes(provision):
    return {step.outcome for step in provision.steps}


def seen(vendor):
    return sorted(vendor.things())


def settled(vendor, verb):
    """Repeat *verb* as its last words ask for, until there is nothing left to do."""
    return _repeated(vendor, verb, lambda _: vendor.provisioner())


def deaths(vendor, verb, share=1.0):
    """Kill *verb* before its first change, its second …; yield after each death.

    Ends when it came to its end alive, having died at least once.
    """
    draw = Random(4)
    for changes in range(_MOST_CHANGES):
        if changes and draw.random() > share:
            continue
        try:
            _repeated(
                vendor, verb, lambda done, n=changes: vendor.dying_after(n - done)
            )
        except KilledError:
            yield changes
        else:
            assert changes, f"{verb} changed nothing"
            return
    raise AssertionError(f"{verb} never came to its end")


def _repeated(vendor, verb, provisioner):
    """Run *verb* of ``provisioner(changes so far)`` until it changes nothing more."""
    vendor.changes()
    so_far = 0
    for _ in range(_MOST_ROUNDS):
        vendor.pass_time()
        about = provisioner(so_far)
        said = about.setup(NAMES) if verb == "setup" else about.teardown()
        changed = len(vendor.changes())
        so_far += changed
        if not changed:
            return said
    raise AssertionError(f"{verb} never came to its end: {said}")
