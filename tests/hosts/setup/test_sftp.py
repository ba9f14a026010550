"""Making the folders of an sftp host and taking them away, against Debian's sshd."""

import pytest

from tests.contracts.provisioner import ProvisionerContract
from tests.fakes.config import small_config
from tests.fakes.sftp import SftpVendor
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
