"""An operator who writes record by record: each call failed, lost, or the last one.

Behind octoDNS stands a real PowerDNS, which is asked after each write what it holds.
"""

import random

import pytest
from attrs import field, frozen

from fallback.core.config import Network, SecretRef
from fallback.core.records import RRset
from fallback.dns import octodns
from tests.actions.world import world
from tests.dns.strange_octodns import Died
from tests.fakes.dns import rrsets
from tests.servers import powerdns, zones
from tests.servers.powerdns import API_KEY

# octodns-powerdns 1.2 still calls what octoDNS 1.22 has renamed
pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")

TABLE = "A redirect or restore record by record, each call of it failed, lost, the last"
APEX, WWW = (f"{name}." for name in zones.NAMES)
MARKER = f"_fallback.{APEX}"
FAULTS = ("failed", "lost", "died before", "died after")
