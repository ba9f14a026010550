"""A host is taken away only when no name leads to it; DNS is a real BIND.

The provisioner is a fake of two lines: kinds of hosts have their own tests.
"""

import io
import json
import sys
from datetime import timedelta
from importlib import import_module

import pytest
from attrs import define, field

from fallback import hosts
from fallback.__main__ import run
from fallback.actions import provisioning
from fallback.core.config import DnsTable, Network, State
from fallback.core.errors import Refused, UsageError
from fallback.core.hosts.provision import Outcome, Provision, Step
from fallback.core.text import T
from fallback.stores.folder import Settings
from tests.fakes.config import small_config
from tests.fakes.site_folder import TOML
from tests.servers import bind

MINUTE = timedelta(minutes=1)
STATE = State("folder", Settings())

ZONE = """\
$TTL 60
@     IN SOA ns1 hostmaster ( 1 7200 900 1209600 300 )
      IN NS  ns1
ns1   IN A   127.0.0.1
@     IN A   192.0.2.10
@     IN AAAA 2001:db8::10
www   IN CNAME lb
lb    IN CNAME cdn
cdn   IN A   192.0.2.30
gone  IN CNAME d111.cloudfront.test.
status IN CNAME page
page  IN A   192.0.2.40
_fallback IN TXT "v=fallback1 epoch=1795860000 state=redirected"
"""


@define
class FakeProvisioner:
    """See ``fallback.core.ports.Provisioner``; *log* is which verbs were called."""

    here: tuple = ()
    by_hand: tuple = ()
    custom_domains: tuple = ()
    log: list = field(factory=list)

    def setup(self, names):
        self.log.append(("setup", tuple(names)))
        step = Step(T("bucket {name}", name="b"), Outcome.MADE)
        return Provision((step,), self.by_hand, {"url": "https://x.example"}, "{}")

    def pointing_here(self):
        return self.here

    def attached(self):
        return dict.fromkeys(self.custom_domains, T("the custom domains: the panel"))

    def teardown(self):
        self.log.append(("teardown",))
        step = Step(T("bucket {name}", name="b"), Outcome.REMOVED)
        return Provision((step,), self.by_hand)


@pytest.fixture(scope="module")
def dns(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bind")
    with bind.running(folder, text=ZONE, dynamic=False) as server:
        yield server


@pytest.fixture
def shop(tmp_path, dns):
    """Write a site whose resolver is BIND; return its folder."""
    network = f'resolvers = ["{dns.server}"]\n'
    text = TOML.replace("canaries = []\n", f"canaries = []\n{network}")
    (tmp_path / "fallback.toml").write_text(
        f'{text}\n[[hosts]]\nkind = "folder"\npath = "a"\n'
        '\n[[dns]]\nprovider = "manual"\nzone = "kwiaty.example"\n'
        'names = ["kwiaty.example", "www.kwiaty.example"]\ntarget = ["192.0.2.80"]\n',
        "utf-8",
    )
    return tmp_path


@pytest.fixture
def made(monkeypatch):
    """Let every host be made by one fake."""
    fake = FakeProvisioner()
    monkeypatch.setattr(provisioning.kinds, "connect", lambda *_: fake)
    for verb in (provisioning.setup, provisioning.teardown):
        changed = {**(verb.__kwdefaults__ or {}), "connect": lambda *_: fake}
        monkeypatch.setattr(verb, "__kwdefaults__", changed)
    monkeypatch.setenv("FALLBACK_LANG", "en")
    return fake


def answer(capsys, *words):
    code = run(words)
    out, _ = capsys.readouterr()
    found = json.loads(out)
    assert found["code"] == code
    return found


def torn_down(capsys, shop, *more):
    words = ("-C", str(shop), "--json", "--no-input", "teardown", "folder", *more)
    return answer(capsys, *words)


@pytest.mark.parametrize(
    ("here", "name"),
    [
        (("cdn.kwiaty.example",), "www.kwiaty.example"),
        (("CDN.Kwiaty.Example.",), "www.kwiaty.example"),
        (("lb.kwiaty.example",), "www.kwiaty.example"),
        (("192.0.2.10",), "kwiaty.example"),
        (("192.0.2.30",), "www.kwiaty.example"),
        (("2001:db8::10",), "kwiaty.example"),
    ],
    ids=[
        "a name",
        "in any spelling",
        "on the way",
        "an address",
        "behind a name",
        "an IPv6 address",
    ],
)
def test_a_host_to_which_a_name_leads_is_never_taken_away(
    capsys, shop, made, here, name
):
    made.here = here
    no = torn_down(capsys, shop, "--confirm", "kwiaty.example")
    assert no["code"] == 5
    assert name in no["error"]["what"]
    assert "fallback restore" in no["error"]["next"]
    assert made.log == []


def test_a_name_that_the_vendor_leads_here_is_said_with_where_to_take_it_out(
    capsys, shop, made
):
    """``fallback restore`` knows nothing of it: the vendor keeps its records."""
    made.here = made.custom_domains = ("www.kwiaty.example",)
    no = torn_down(capsys, shop, "--confirm", "kwiaty.example")
    assert no["code"] == 5
    way = no["error"]["next"]
    assert "take www.kwiaty.example out of the custom domains: the panel" in way
    assert "restore" not in way
    assert made.log == []


def test_a_name_that_dns_alone_leads_here_is_restored_whatever_else_is_attached(
    capsys, shop, made
):
    made.here, made.custom_domains = ("192.0.2.10",), ("www.kwiaty.example",)
    no = torn_down(capsys, shop, "--confirm", "kwiaty.example")
    assert "fallback restore" in no["error"]["next"]


@pytest.mark.parametrize(
    ("target", "code"),
    [("d222.cloudfront.test", 5), ("d333.cloudfront.test", 0)],
    ids=["this host", "another one"],
)
def test_a_zone_that_says_it_leads_here_is_believed_whatever_the_addresses_are(
    capsys, shop, made, target, code
):
    """A network of many addresses gives others to everybody who asks."""
    path = shop / "fallback.toml"
    text = path.read_text("utf-8").replace('["192.0.2.80"]', f'"{target}"')
    path.write_text(text, "utf-8")
    made.here = ("d222.cloudfront.test", "192.0.2.222")
    told = torn_down(capsys, shop, "--confirm", "kwiaty.example")
    assert told["code"] == code
    assert bool(made.log) == (code == 0)
    if code:
        assert "kwiaty.example still points" in told["error"]["what"]


def test_a_name_that_leads_to_what_is_gone_already_keeps_it_from_strangers(
    capsys, shop, made
):
    path = shop / "fallback.toml"
    path.write_text(path.read_text("utf-8").replace('"www.', '"gone.'), "utf-8")
    made.here = ("d111.cloudfront.test",)
    no = torn_down(capsys, shop, "--confirm", "kwiaty.example")
    assert no["code"] == 5
    assert "gone.kwiaty.example still points" in no["error"]["what"]
    assert made.log == []


@pytest.mark.parametrize("here", ["page.kwiaty.example", "status.kwiaty.example"])
def test_a_status_address_of_the_shops_own_keeps_its_host_too(capsys, shop, made, here):
    path = shop / "fallback.toml"
    text = path.read_text("utf-8").replace(
        'path = "a"\n', 'path = "a"\nurl = "https://status.kwiaty.example"\n'
    )
    path.write_text(text, "utf-8")
    made.here = (here,)
    no = torn_down(capsys, shop, "--confirm", "kwiaty.example")
    assert no["code"] == 5
    assert "status.kwiaty.example still points" in no["error"]["what"]
    assert made.log == []


def test_a_host_to_which_no_name_leads_is_taken_away(capsys, shop, made):
    made.here = ("d222.cloudfront.test", "192.0.2.99")
    gone = torn_down(capsys, shop, "--confirm", "kwiaty.example")
    assert gone["code"] == 0
    assert gone["steps"] == [{"what": "bucket b", "outcome": "removed"}]
    assert made.log == [("teardown",)]


def test_its_table_stays_until_all_of_it_is_gone(capsys, shop, made):
    made.by_hand = (T("run it again in 15 minutes"),)
    half = torn_down(capsys, shop, "--confirm", "kwiaty.example")
    assert half["by_hand"] == ["run it again in 15 minutes"]
    assert half["next"].startswith("do what is said above, then")


@pytest.mark.parametrize("typed", ["yes", "other.example", ""])
def test_another_word_than_the_domain_takes_nothing_away(capsys, shop, made, typed):
    assert torn_down(capsys, shop, "--confirm", typed)["code"] == 2
    assert made.log == []


def test_without_a_person_the_domain_has_to_be_given(capsys, shop, made):
    no = torn_down(capsys, shop)
    assert no["code"] == 2
    assert "--confirm kwiaty.example" in no["error"]["next"]
    assert made.log == []


def test_a_person_types_the_domain(capsys, shop, made, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stdin", Terminal("kwiaty.example\n"))
    assert run(("-C", str(shop), "teardown", "folder")) == 0
    said = capsys.readouterr()
    assert "type kwiaty.example" in said.err
    assert "bucket b: removed" in said.out


def test_dns_that_does_not_answer_counts_as_a_name_that_points_there(tmp_path):
    silent = Network(resolvers=(f"127.0.0.1:{bind.free_port()}",), allow_private=True)
    fake = FakeProvisioner()
    with pytest.raises(Refused, match="nobody answers"):
        provisioning.teardown(
            small_config(tmp_path, network=silent),
            "public-copy",
            say=lambda *_: None,
            agree=lambda: pytest.fail("nobody is asked"),
            connect=lambda *_: fake,
        )
    assert fake.log == []


def test_a_silent_resolver_makes_no_certificate_for_other_names(tmp_path):
    silent = Network(resolvers=(f"127.0.0.1:{bind.free_port()}",), allow_private=True)
    switch = "switch.agency.test"
    table = DnsTable("manual", switch, (f"www.{switch}",), "page.test", None, MINUTE)
    fake = FakeProvisioner()

    def set_up(*tables):
        config = small_config(tmp_path, network=silent, dns=tables, state=STATE)
        return provisioning.setup(
            config, "public-copy", say=lambda *_: None, connect=lambda *_: fake
        )

    with pytest.raises(Refused, match="nobody answers where kwiaty"):
        set_up(table)
    assert fake.log == []
    set_up()  # whose names stand in fallback.toml needs no answer
    assert fake.log != []


def test_setup_says_each_step_and_what_to_write_down(capsys, shop, made):
    done = answer(capsys, "-C", str(shop), "--json", "setup", "folder")
    assert {key: done[key] for key in ("command", "ok", "code", "host")} == {
        "command": "setup",
        "ok": True,
        "code": 0,
        "host": "folder",
    }
    assert done["steps"] == [{"what": "bucket b", "outcome": "made"}]
    assert done["settings"] == {"url": "https://x.example"}
    assert (done["policy"], done["by_hand"]) == ("{}", [])
    assert done["next"].startswith("write these lines into fallback.toml, then run:")
    assert made.log == [("setup", ("kwiaty.example", "www.kwiaty.example"))]


def test_settings_that_are_written_already_are_not_asked_for_again(capsys, shop, made):
    path = shop / "fallback.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace('path = "a"', 'path = "a"\nurl = "https://x.example"'))
    done = answer(capsys, "-C", str(shop), "--json", "setup", "folder")
    assert done["settings"] == {}
    assert done["next"] == "run: fallback deploy"


def test_what_a_person_has_to_do_comes_last_and_then_the_same_command(
    capsys, shop, made
):
    made.by_hand = (T("add the record"), T("wait"))
    assert run(("-C", str(shop), "setup", "folder")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3:-1] == ["1. by hand: add the record", "2. by hand: wait"]
    assert "run the same command again" in lines[-1]


@pytest.mark.parametrize(
    ("typed", "hint"),
    [("public_copi", "public-copy"), ("zzz", "known here: public-copy")],
)
def test_a_host_that_is_not_there_is_answered_with_the_nearest(tmp_path, typed, hint):
    with pytest.raises(UsageError) as caught:
        provisioning.chosen(small_config(tmp_path), typed)
    assert hint in str(caught.value.next)


def test_every_kind_of_host_can_be_set_up():
    for kind in hosts.KINDS:
        assert callable(import_module(f"fallback.hosts.setup.{kind}").connect)
