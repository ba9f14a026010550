"""What the tests of setting hosts up share."""

import pytest

from fallback.core.config import Network
from tests.servers import aws, bind

_ZONE = """\
$TTL 60
@ IN SOA ns1 hostmaster ( 1 7200 900 1209600 300 )
  IN NS ns1
ns1 A 127.0.0.1
* A 192.0.2.44
"""


@pytest.fixture(scope="module")
def amazon():
    with aws.amazon() as server:
        yield server


@pytest.fixture(scope="module")
def cloudfront_net(tmp_path_factory):
    """Return a network in which every distribution is at 192.0.2.44."""
    folder = tmp_path_factory.mktemp("cloudfront.net")
    with bind.running(folder, text=_ZONE, zone="cloudfront.net", dynamic=False) as dns:
        yield Network(resolvers=(dns.server,), canaries=(), allow_private=True)


@pytest.fixture
def account(amazon):
    """Return the server with a fresh account behind it."""
    aws.forget_everything()
    return amazon
