"""A server of one's own as a host, against Debian's sshd."""

import pytest

from tests.contracts.host import HostContract
from tests.fakes.sftp import SftpPlace
from tests.servers.sshd import sshd


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def place(server, tmp_path, config):
    root = tmp_path / "page"
    root.mkdir()
    return SftpPlace(config, server, root)


class TestSftp(HostContract):
    @pytest.fixture
    def place(self, place):
        return place
