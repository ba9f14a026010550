"""Making the folders of an sftp host and taking them away, against Debian's sshd."""

from unittest import mock

import pytest
from attrs import evolve

from fallback.core.errors import Rejected, Unavailable
from fallback.core.hosts.provision import Outcome
from fallback.demo.nameserver import answering
from fallback.hosts.sftp import connect
from tests.contracts.provisioner import NAMES, ProvisionerContract
from tests.fakes.config import small_config
from tests.fakes.sftp import SftpVendor, settings
from tests.fakes.site import small_site
from tests.servers.sshd import sshd


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def vendor(server, tmp_path):
    (tmp_path / "srv").mkdir()
    return SftpVendor(small_config(tmp_path), server, tmp_path / "srv" / "page")


class TestSftpProvisioner(ProvisionerContract):
    kind = "sftp"

    @pytest.fixture
    def vendor(self, vendor):
        return vendor


def publish(vendor, words="1", number=1, **changes):
    about = settings(vendor.server, vendor.root, **changes)
    return connect(about, vendor.config).publish(small_site(words, sequence=number))


def test_what_setup_made_takes_a_page_and_teardown_takes_it_away(vendor):
    vendor.provisioner().setup(NAMES)
    for number in (1, 2):
        publish(vendor, str(number), number)
    assert (vendor.root / "current" / "index.html").exists()
    gone = vendor.provisioner().teardown()
    assert {step.outcome for step in gone.steps} == {Outcome.REMOVED}
    assert not vendor.root.exists()


def test_what_others_put_there_stays(vendor):
    vendor.provisioner().setup(NAMES)
    publish(vendor)
    theirs = vendor.root / "releases" / "20251231-backup" / "shop.sql"
    theirs.parent.mkdir()
    theirs.write_text("theirs")
    vendor.provisioner().teardown()
    assert [p for p in vendor.root.rglob("*") if p.is_file()] == [theirs]


def test_a_link_of_somebody_elses_stays(vendor):
    vendor.root.mkdir()
    (vendor.root / "current").symlink_to("/srv/shop")
    vendor.provisioner().setup(NAMES)
    vendor.provisioner().teardown()
    assert (vendor.root / "current").is_symlink()


def test_the_credential_that_it_prints_is_enough_to_publish(vendor, tmp_path):
    made = vendor.provisioner().setup(NAMES)
    with sshd(tmp_path) as narrow:
        line = made.policy.replace(
            " ".join(vendor.server.public().split()[:2]),
            " ".join(narrow.public().split()[:2]),
        )
        assert "restrict,command=" in line
        narrow.allow(line)
        vendor.server = narrow
        for number in range(1, 8):
            publish(vendor, str(number), number)
        assert len(list((vendor.root / "releases").iterdir())) == 5
        assert (vendor.root / "current" / "robots.txt").stat().st_nlink == 5
        for forbidden in ("chmod", "rename"):
            assert forbidden not in made.policy.replace("posix-rename", "")


def test_a_server_that_cannot_switch_is_told_before_anything_stays(vendor, tmp_path):
    with sshd(tmp_path, "ForceCommand internal-sftp -P posix-rename") as other:
        vendor.server = other
        with pytest.raises(Rejected):
            vendor.provisioner().setup(NAMES)
    assert list(vendor.root.iterdir()) == []


def test_files_that_the_web_server_could_not_read_are_told(vendor, tmp_path):
    with sshd(tmp_path, "ForceCommand internal-sftp -u 0077 -P hardlink") as other:
        vendor.server = other
        made = vendor.provisioner().setup(NAMES)
    told = [str(todo) for todo in made.by_hand]
    assert any("umask 022" in todo for todo in told)
    assert any("no hard links" in todo for todo in told)


def test_a_folder_whose_parent_is_missing_is_not_guessed(vendor):
    vendor.root = vendor.root / "too" / "deep"
    with pytest.raises(Rejected, match="folder above"):
        vendor.provisioner().setup(NAMES)


_ZONE = """\
$TTL 60
@ SOA ns hostmaster 1 7200 900 86400 60
@ NS ns
ns A 127.0.0.1
files A 192.0.2.9
files AAAA 2001:db8::9
"""


def test_names_that_lead_to_the_server_or_its_addresses_point_here(vendor, tmp_path):
    zone = tmp_path / "zone"
    zone.write_text(_ZONE)
    with answering(zone, "elsewhere.example", "127.0.0.1") as resolver:
        asked = evolve(
            vendor.provisioner().inner,
            config=evolve(
                vendor.config,
                network=evolve(vendor.config.network, resolvers=(str(resolver),)),
            ),
            url="https://files.elsewhere.example",
        )
        assert set(asked.pointing_here()) == {
            "127.0.0.1", "files.elsewhere.example", "192.0.2.9", "2001:db8::9",
        }  # fmt: skip
    with (
        mock.patch("fallback.wire.dns.nameservers.resolve", return_value=None),
        pytest.raises(Unavailable, match="nobody answers"),
    ):
        asked.pointing_here()
