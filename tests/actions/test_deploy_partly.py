"""A page that is out is no failure, whatever could not be done beside it."""

from fallback.actions.deploy import deploy
from fallback.core.errors import PartlyDone
from fallback.core.text import T
from fallback.wire.clock import SystemClock
from tests.fakes.host import FakeHost
from tests.fakes.site_folder import folder, write_site


def test_the_only_host_that_was_published_to_in_part_is_code_3(tmp_path):
    from fallback.actions.site import load

    config = load(write_site(tmp_path, folder()))
    host = FakeHost(fails_with=PartlyDone(T("published, but")))
    result = deploy(
        config, say=lambda *_: None, clock=SystemClock(), connect=lambda *_: host
    )
    assert host.was_asked.is_set()
    assert result.code == 3
