"""Making the worker and taking it away, against a strict fake of the vendor's API."""

import pytest
from attrs import define, evolve

from fallback.core.config import HostTable, SecretRef
from fallback.core.errors import CredentialsRefused, Refused
from fallback.core.hosts.provision import Outcome
from fallback.hosts import cloudflare_worker as host
from fallback.hosts import setup
from fallback.hosts.cloudflare_worker import Settings
from fallback.wire.cloudflare.workers import Script
from tests.contracts.provisioner import ProvisionerContract
from tests.fakes.cloudflare_workers import ACCOUNT, TOKEN, Version, cloudflare
from tests.fakes.config import small_config
from tests.fakes.host import KilledError
from tests.fakes.site import digests, small_site

NAME = "kwiaty-fallback"
NAMES = ("kwiaty.example", "www.kwiaty.example")
ADDRESS = f"https://{NAME}.kwiaty.workers.dev"


@pytest.fixture(autouse=True)
def _token(monkeypatch):
    monkeypatch.setenv("TEST_CLOUDFLARE_TOKEN", TOKEN)


@pytest.fixture
def fake():
    with cloudflare() as fake:
        yield fake


def settings(fake, **changes):
    token = SecretRef("env", "TEST_CLOUDFLARE_TOKEN")
    return Settings(ACCOUNT, NAME, token, endpoint=fake.endpoint, **changes)


def provisioner(fake, tmp_path, url="", **changes):
    table = HostTable("cloudflare_worker", "cloudflare_worker",
                      settings(fake, **changes), url)  # fmt: skip
    return setup.connect(table, small_config(tmp_path, [table]))


class DyingScript(Script):
    """Dies before the change after ``left`` more."""

    left = 0

    def _dying(self, work, *arguments):
        if DyingScript.left == 0:
            raise KilledError
        DyingScript.left -= 1
        return work(*arguments)

    def put(self, modules, assets=""):
        return self._dying(super().put, modules, assets)

    def make_public(self):
        return self._dying(super().make_public)

    def attach(self, hostname):
        return self._dying(super().attach, hostname)

    def detach(self, identifier):
        return self._dying(super().detach, identifier)

    def delete(self):
        return self._dying(super().delete)


@define
class WorkerVendor:
    fake: object
    root: object

    def provisioner(self):
        return provisioner(self.fake, self.root, custom_domains=True)

    def dying_after(self, changes):
        ready = self.provisioner()
        DyingScript.left = changes
        script = DyingScript(ready.script.api, ACCOUNT, NAME)
        return evolve(ready, script=script)

    def things(self):
        yield from (f"script {name}" for name in self.fake.scripts)
        yield from (f"public {name}" for name in self.fake.public)
        yield from (
            f"domain {name} of {one['service']}"
            for name, one in self.fake.domains.items()
        )

    def changes(self):
        done = [call for call in self.fake.calls if not call.startswith("GET")]
        self.fake.calls.clear()
        return done

    def pass_time(self):
        pass

    def leave_things_of_others(self):
        own = {"index.js": ("application/javascript+module", b"export default {}")}
        self.fake.scripts["the-shop"] = Version(1, "index.js", own, {}, {})
        self.fake.public.add("the-shop")
        other = "api.kwiaty.example"
        self.fake.domains[other] = {
            "id": "d0",
            "service": "the-shop",
            "hostname": other,
        }


class TestWorkerProvisioner(ProvisionerContract):
    kind = "cloudflare_worker"

    @pytest.fixture
    def vendor(self, fake, tmp_path):
        fake.zones["kwiaty.example"] = set()
        return WorkerVendor(fake, tmp_path)


def outcomes(provision):
    return [step.outcome for step in provision.steps]


def test_a_worker_is_made_and_made_public_and_its_address_is_told(fake, tmp_path):
    made = provisioner(fake, tmp_path).setup(NAMES)
    assert outcomes(made) == [Outcome.FOUND, Outcome.MADE, Outcome.MADE]
    assert made.settings == {"url": ADDRESS}
    assert "Account > Workers Scripts > Edit" in made.policy
    assert ACCOUNT in made.policy
    assert str(made.steps[0].what) == "token, good until 2027-03-01"
    assert NAME in fake.public


def test_setup_may_be_run_again_and_then_finds_everything(fake, tmp_path):
    provisioner(fake, tmp_path).setup(NAMES)
    writes = [call for call in fake.calls if not call.startswith("GET")]
    again = provisioner(fake, tmp_path, url=ADDRESS).setup(NAMES)
    assert set(outcomes(again)) == {Outcome.FOUND}
    assert again.settings == {}
    assert [call for call in fake.calls if not call.startswith("GET")] == writes


def test_what_was_published_survives_a_setup(fake, tmp_path):
    provisioner(fake, tmp_path).setup(NAMES)
    page = host.connect(settings(fake), small_config(tmp_path))
    page.publish(small_site())
    provisioner(fake, tmp_path).setup(NAMES)
    assert page.read_back() == digests(small_site())


def test_a_worker_of_somebody_else_is_neither_taken_over_nor_taken_away(fake, tmp_path):
    own = {"index.js": ("application/javascript+module", b"export default {}")}
    fake.scripts[NAME] = Version(1, "index.js", own, {}, {})
    for verb in (
        lambda: provisioner(fake, tmp_path).setup(NAMES),
        provisioner(fake, tmp_path).teardown,
    ):
        with pytest.raises(Refused, match="did not write"):
            verb()
    assert fake.scripts[NAME].modules == own
    assert NAME not in fake.public


def test_no_zone_is_written_to_unless_the_owner_asks_for_it(fake, tmp_path):
    fake.zones["kwiaty.example"] = set()
    made = provisioner(fake, tmp_path).setup(NAMES)
    assert fake.domains == {}
    assert "custom_domains = true" in str(made.by_hand[0])
    assert "kwiaty.example, www.kwiaty.example" in str(made.by_hand[0])


def test_custom_domains_are_made_where_no_record_stands(fake, tmp_path):
    fake.zones["kwiaty.example"] = {"kwiaty.example"}
    status = "https://status.kwiaty.example"
    ready = provisioner(fake, tmp_path, url=status, custom_domains=True)
    made = ready.setup(NAMES)
    assert set(fake.domains) == {"www.kwiaty.example", "status.kwiaty.example"}
    assert len(made.by_hand) == 1
    assert "externally managed DNS records" in str(made.by_hand[0])
    assert set(outcomes(ready.setup(NAMES))) == {Outcome.FOUND}
    assert set(ready.pointing_here()) == {
        f"{NAME}.kwiaty.workers.dev",
        "www.kwiaty.example",
        "status.kwiaty.example",
    }


def test_where_its_custom_domains_are_taken_out_is_known(fake, tmp_path):
    fake.zones["kwiaty.example"] = set()
    ready = provisioner(fake, tmp_path, custom_domains=True)
    assert ready.attached() == {}
    ready.setup(NAMES)
    attached = ready.attached()
    assert set(attached) <= set(ready.pointing_here())
    assert f"Workers & Pages > {NAME} > Settings" in str(attached["www.kwiaty.example"])


def test_teardown_takes_away_what_was_made_and_may_be_run_again(fake, tmp_path):
    fake.zones["kwiaty.example"] = set()
    ready = provisioner(fake, tmp_path, custom_domains=True)
    ready.setup(NAMES)
    other = "shop.kwiaty.example"
    fake.domains[other] = {"id": "d0", "service": "the-shop", "hostname": other}
    gone = ready.teardown()
    assert outcomes(gone) == [Outcome.REMOVED] * 3
    assert fake.scripts == {}
    assert set(fake.domains) == {other}
    assert outcomes(ready.teardown()) == [Outcome.ABSENT]


def test_an_account_without_a_workers_dev_name_is_told_to_choose_one(fake, tmp_path):
    fake.subdomain = ""
    made = provisioner(fake, tmp_path).setup(NAMES)
    assert "workers.dev" in str(made.by_hand[0])
    assert made.settings == {}
    assert NAME in fake.scripts
    assert provisioner(fake, tmp_path).pointing_here() == []


def test_a_token_of_the_account_is_as_good_as_a_persons(fake, tmp_path):
    fake.tokens[TOKEN] = "account"
    provisioner(fake, tmp_path).setup(NAMES)
    assert f"GET /client/v4/accounts/{ACCOUNT}/tokens/verify" in fake.calls


def test_a_token_that_is_none_is_said_before_anything_is_made(
    fake, tmp_path, monkeypatch
):
    monkeypatch.setenv("TEST_CLOUDFLARE_TOKEN", "x" * 40)
    with pytest.raises(CredentialsRefused, match="env:TEST_CLOUDFLARE_TOKEN"):
        provisioner(fake, tmp_path).setup(NAMES)
    assert fake.scripts == {}


@pytest.mark.parametrize("ends", [None, "", "someday"])
def test_a_token_without_an_end_is_said_to_have_none(fake, tmp_path, ends):
    fake.expires_on = ends
    made = provisioner(fake, tmp_path).setup(NAMES)
    assert str(made.steps[0].what) == "token, good for ever"
