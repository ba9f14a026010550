"""Making a site at Netlify and taking it away, against the strict fake of its API."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import define, field

from fallback.core.config import HostTable, SecretRef
from fallback.core.errors import Refused, Rejected
from fallback.core.hosts.provision import Outcome
from fallback.hosts.netlify import Settings
from fallback.hosts.netlify import connect as connect_host
from fallback.hosts.setup.netlify import connect, domains
from fallback.wire.dns.nameservers import Answer
from fallback.wire.web import rest
from tests import need
from tests.contracts.provisioner import NAMES, ProvisionerContract
from tests.fakes.host import KilledError
from tests.fakes.netlify import TOKEN
from tests.fakes.site import small_site
from tests.servers.netlify import netlify_server

NAME = "kwiaty-awaria"
ALL = ("kwiaty.example", "www.kwiaty.example", "status.kwiaty.example")


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setenv("TEST_NETLIFY_TOKEN", TOKEN)
    with netlify_server() as fake:
        yield fake


@pytest.fixture(autouse=True)
def addresses(monkeypatch):
    """What DNS says of the site; nobody outside is asked."""
    known = {"A": ("192.0.2.7",), "AAAA": ("2001:db8::7",)}

    def resolve(name, rtype, network):
        return Answer(timedelta(seconds=60), known[rtype], False) if known else None

    monkeypatch.setattr("fallback.hosts.setup.netlify.nameservers.resolve", resolve)
    return known


@pytest.fixture(scope="session")
def own(tmp_path_factory):
    """Return (certificate, key, authority) that belong together, for all the names."""
    folder = tmp_path_factory.mktemp("own")
    signed(folder, "own", ALL)
    return folder


def signed(folder: Path, stem: str, names) -> None:
    def openssl(*words):
        program = [need.program("openssl"), *words]
        subprocess.run(program, cwd=folder, check=True, capture_output=True)

    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl(
        *("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem"),
        *("-subj", "/CN=authority", "-days", "30"),
    )
    alternatives = ",".join(f"DNS:{name}" for name in names)
    openssl(
        *("req", "-x509", *new, "-keyout", f"{stem}.key", "-out", f"{stem}.pem"),
        *("-subj", f"/CN={names[0]}", "-days", "20", "-CA", "ca.pem"),
        *("-CAkey", "ca.key", "-addext", f"subjectAltName={alternatives}"),
        *("-addext", "basicConstraints=CA:FALSE"),
    )


def settings(fake, own=None, stem="own", **more):
    files = {}
    if own:
        files = {
            "certificate": own / f"{stem}.pem",
            "private_key": SecretRef("file", str(own / f"{stem}.key")),
            "ca": own / "ca.pem",
        }
    token = SecretRef("env", "TEST_NETLIFY_TOKEN")
    return Settings(**{"site": NAME, "token": token, "endpoint": fake.endpoint,
                       **files, **more})  # fmt: skip


def provisioner(config, fake, own=None, url="", **more):
    table = HostTable("netlify", "netlify", settings(fake, own, **more), url)
    return connect(table, config)


@define
class Account:
    """Counts and kills at the one door through which every request goes."""

    config: object
    fake: object
    own: object
    real: object
    log: list = field(factory=list)
    left: int | None = None

    def provisioner(self):
        return self.dying_after(None)

    def dying_after(self, changes):
        self.left = changes
        return provisioner(self.config, self.fake, self.own)

    def ask(self, url, *, method, **more):
        if method != "GET":
            if self.left == 0:
                raise KilledError
            if self.left is not None:
                self.left -= 1
            self.log.append(f"{method} {url}")
        return self.real(url, method=method, **more)

    def things(self):
        return [
            f"{site.name} {site.custom_domain} {site.aliases} {site.pretty_urls}"
            f" {(site.certificate or {}).get('pem')}"
            for site in self.fake.sites.values()
        ]

    def changes(self):
        done, self.log[:] = list(self.log), []
        return done

    def pass_time(self):
        """Nothing has to be waited for."""

    def leave_things_of_others(self):
        other = self.fake.make("another-shop")
        self.fake.leave(other, "index.html", b"<h1>a living shop</h1>")


class TestNetlifyProvisioner(ProvisionerContract):
    kind = "netlify"

    @pytest.fixture
    def vendor(self, config, fake, own, monkeypatch):
        account = Account(config, fake, own, rest.ask)
        monkeypatch.setattr(rest, "ask", account.ask)
        return account


def said(provision):
    return "\n".join(str(line) for line in provision.told())


@pytest.mark.parametrize(
    ("names", "domain", "aliases"),
    [
        (["a.example"], "a.example", ()),
        (["www.a.example"], "www.a.example", ()),
        (
            ["a.example", "www.a.example"],
            "status.a.example",
            ("a.example", "www.a.example"),
        ),
        (
            ["www.a.example", "a.example", "b.example"],
            "b.example",
            ("www.a.example", "a.example"),
        ),
    ],
)
def test_no_name_of_the_shop_is_one_that_netlify_redirects(names, domain, aliases):
    """Netlify answers 301 between the apex and the www of a primary domain."""
    assert domains(names) == (domain, aliases)


def test_without_a_certificate_of_ones_own_it_is_said_what_is_missing(config, fake):
    provision = provisioner(config, fake).setup(NAMES)
    assert "DNS-01" in said(provision)
    assert provision.settings == {"url": f"https://{NAME}.netlify.app"}
    site = next(iter(fake.sites.values()))
    assert site.custom_domain == "status.kwiaty.example"
    assert site.aliases == list(NAMES)
    assert site.certificate is None


def test_a_known_status_address_is_not_printed_again(config, fake):
    url = "https://status.example"
    assert provisioner(config, fake, url=url).setup(NAMES).settings == {}


def test_a_certificate_of_ones_own_is_sent_once_and_a_new_one_again(
    config, fake, own, tmp_path
):
    provisioner(config, fake, own).setup(NAMES)
    site = next(iter(fake.sites.values()))
    assert site.certificate["pem"] == (own / "own.pem").read_text()
    again = provisioner(config, fake, own).setup(NAMES)
    assert {step.outcome for step in again.steps} == {Outcome.FOUND}
    signed(tmp_path, "new", [*ALL, "more.example"])
    provisioner(config, fake, tmp_path, stem="new").setup(NAMES)
    assert site.certificate["pem"] == (tmp_path / "new.pem").read_text()


def test_a_certificate_that_does_not_name_everything_is_said(config, fake, tmp_path):
    signed(tmp_path, "few", ["kwiaty.example"])
    provision = provisioner(config, fake, tmp_path, stem="few").setup(NAMES)
    assert "www.kwiaty.example, too" in said(provision)


@pytest.mark.parametrize("wrong", ["private_key", "ca", "certificate"])
def test_files_that_do_not_belong_together_are_refused_before_anything_is_made(
    config, fake, own, tmp_path, wrong
):
    signed(tmp_path, "own", ALL)
    other = settings(fake, tmp_path)
    mixed = {wrong: getattr(other, wrong)}
    with pytest.raises(Rejected, match="cannot be used") as caught:
        provisioner(config, fake, own, **mixed)
    assert "private_key" in str(caught.value.next)
    assert fake.log == []


def test_a_key_is_in_no_message(config, fake, own):
    from fallback.wire.scrubbing import scrub

    key = (own / "own.key").read_text()
    fake.misbehave("status:422", "POST", "/ssl", times=9)
    with pytest.raises(Rejected) as caught:
        provisioner(config, fake, own).setup(NAMES)
    assert fake.hits
    assert "PRIVATE" not in str(caught.value)
    assert "PRIVATE" not in scrub(key)


def test_a_name_that_somebody_else_has_is_refused_with_another_to_choose(config, fake):
    fake.taken.add(NAME)
    with pytest.raises(Refused, match="must be unique") as caught:
        provisioner(config, fake).setup(NAMES)
    assert "another name" in str(caught.value.next)


def test_a_domain_that_netlify_does_not_take_is_said_and_the_rest_is_made(config, fake):
    fake.taken.add("kwiaty.example")
    provision = provisioner(config, fake).setup(NAMES)
    assert "add them yourself" in said(provision)
    assert "TXT record" in said(provision)
    assert len(fake.sites) == 1


@pytest.mark.parametrize("verb", ["setup", "teardown"])
def test_a_site_with_somebody_s_own_work_is_left_alone(config, fake, verb):
    site = fake.make(NAME)
    fake.leave(site, "index.html", b"<h1>a living shop</h1>")
    about = provisioner(config, fake)
    with pytest.raises(Refused, match="did not publish"):
        about.setup(NAMES) if verb == "setup" else about.teardown()
    assert site.custom_domain == ""
    assert fake.sites == {site.id: site}


def test_a_site_that_a_repository_will_be_built_into_is_left_alone(config, fake):
    fake.make(NAME).repo_url = "https://github.com/kwiaty/sklep"
    with pytest.raises(Refused, match="did not publish"):
        provisioner(config, fake).teardown()
    assert fake.sites


def test_a_site_with_our_page_is_taken_away(config, fake):
    provisioner(config, fake).setup(NAMES)
    connect_host(settings(fake), config).publish(small_site())
    provision = provisioner(config, fake).teardown()
    assert [step.outcome for step in provision.steps] == [Outcome.REMOVED]
    assert fake.sites == {}


def test_a_site_with_the_id_of_nothing_is_said(config, fake):
    number = "0" * 8 + "-0000" * 3 + "-" + "0" * 12
    with pytest.raises(Rejected, match="no site"):
        provisioner(config, fake, site=number).setup(NAMES)


def test_what_a_stolen_token_would_open_is_said(config, fake):
    provision = provisioner(config, fake).setup(NAMES)
    assert "account of its own" not in said(provision)
    fake.make("another-shop")
    fake.zones.append("kwiaty.example")
    told = said(provisioner(config, fake).setup(NAMES))
    assert "another-shop, DNS kwiaty.example" in told


def test_names_that_lead_to_its_load_balancers_or_its_addresses_point_here(
    config, fake, addresses
):
    own = {f"{NAME}.netlify.app", "75.2.60.5", "99.83.190.102"}
    here = set(provisioner(config, fake).pointing_here())
    assert own | {"192.0.2.7", "2001:db8::7"} <= here
    addresses.clear()
    assert own <= set(provisioner(config, fake).pointing_here())
