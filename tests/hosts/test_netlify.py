"""A site at Netlify as a host, against a strict fake of its API on loopback."""

import pytest
from attrs import define, field

from fallback.core.config import SecretRef
from fallback.core.model import publish_rank
from fallback.hosts.netlify import Settings, connect
from fallback.wire import rest
from tests.contracts.host import HostContract
from tests.fakes.host import KilledError
from tests.fakes.netlify import TOKEN
from tests.fakes.site import built_file
from tests.servers.netlify import netlify_server

NAME = "kwiaty-awaria"


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setenv("TEST_NETLIFY_TOKEN", TOKEN)
    with netlify_server() as fake:
        yield fake


@pytest.fixture
def site_there(fake):
    return fake.make(NAME)


def netlify_host(config, fake, **more):
    token = SecretRef("env", "TEST_NETLIFY_TOKEN")
    given = {"site": NAME, "token": token, "endpoint": fake.endpoint, **more}
    return connect(Settings(**given), config)


@define
class NetlifyPlace:
    """Counts and kills at the one door through which every request goes."""

    config: object
    fake: object
    site: object
    real: object
    log: list = field(factory=list)
    left: int | None = None

    def host(self):
        return self.dying_after(None)

    def dying_after(self, writes):
        self.left = writes
        return netlify_host(self.config, self.fake)

    def ask(self, url, *, method, **more):
        if method != "GET":
            with self.fake.lock:
                if self.left == 0:
                    raise KilledError
                if self.left is not None:
                    self.left -= 1
                if method == "PUT":
                    self.log.append(url.partition("/files/")[2])
        return self.real(url, method=method, **more)

    def bodies(self):
        return self.fake.bodies(self.site)

    def leave(self, path, body):
        self.fake.leave(self.site, path, body)

    def writes(self):
        """Return what was uploaded; a deploy has no order, for it switches at once."""
        done, self.log[:] = list(self.log), []
        return sorted(done, key=lambda path: (publish_rank(built_file(path, "")), path))


class TestNetlifyHost(HostContract):
    @pytest.fixture
    def place(self, config, fake, site_there, monkeypatch):
        place = NetlifyPlace(config, fake, site_there, rest.ask)
        monkeypatch.setattr(rest, "ask", place.ask)
        return place
