"""A page that is out is no failure, whatever could not be done beside it."""

from fallback.actions.deploy import deploy
from fallback.actions.site import load
from fallback.core.errors import PartlyDone, Unknown
from fallback.core.model import BuiltSite
from fallback.core.text import T
from fallback.stores.builds import FOLDER, Builds
from fallback.stores.journal import state_folder
from fallback.wire.clock import SystemClock
from tests.fakes.host import FakeHost
from tests.fakes.site_folder import folder, write_site


def test_the_only_host_that_was_published_to_in_part_is_code_3(tmp_path):
    config = load(write_site(tmp_path, folder()))
    host = FakeHost(fails_with=PartlyDone(T("published, but")))
    result = deploy(
        config, say=lambda *_: None, clock=SystemClock(), connect=lambda *_: host
    )
    assert host.was_asked.is_set()
    assert result.code == 3


def test_a_page_that_is_out_counts_as_published_whatever_failed_beside_it(tmp_path):
    """Or ``watch`` would call it somebody else's, and a rollback lead nowhere."""
    config = load(write_site(tmp_path, folder()))
    there: list[BuiltSite] = []

    class Shown(FakeHost):
        def publish(self, site):
            there.append(site)
            receipt = FakeHost.publish(self, site)
            raise PartlyDone(T("published, but"), receipt=receipt)

    host = Shown()
    result = deploy(
        config, say=lambda *_: None, clock=SystemClock(), connect=lambda *_: host
    )
    (report,) = result.hosts
    assert report.receipt is not None
    assert report.receipt.written
    assert report.seen is not None, "it is looked at all the same"
    assert str(report.problem) == "published, but"
    assert result.code == 3
    assert result.history.current == there[0].build_id


def test_a_build_whose_fate_nobody_knows_is_kept(tmp_path):
    config = load(write_site(tmp_path, folder()))
    host = FakeHost(fails_with=Unknown(T("the answer was lost")))
    result = deploy(
        config, say=lambda *_: None, clock=SystemClock(), connect=lambda *_: host
    )
    builds = Builds(state_folder(config) / FOLDER)
    assert result.code == 1
    assert builds.read().current == result.history.current != ""
    assert builds.files(result.history.current)


def test_a_state_folder_that_cannot_be_written_stops_no_page(tmp_path):
    config = load(write_site(tmp_path, folder()))
    state_folder(config).parent.mkdir(parents=True, exist_ok=True)
    state_folder(config).write_text("a file in its place")
    told = []
    host = FakeHost()
    result = deploy(
        config,
        say=lambda event, _: told.append(event),
        clock=SystemClock(),
        connect=lambda *_: host,
    )
    assert result.code == 0
    assert {"not_locked", "not_kept"} <= set(told)
    assert host.read_back()
