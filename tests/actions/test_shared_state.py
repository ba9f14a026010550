"""State in a bucket, on real servers: what one machine moved, another one puts back."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from attrs import evolve

from fallback.core.records import Marker
from fallback.core.redirect.journal import decode
from fallback.stores.journal import CARD, NAME
from tests.actions.site_on_bind import DOMAIN, Site, site_at
from tests.hosts.conftest import _no_cloud, ceph
from tests.servers.ceph import Ceph
from tests.servers.s3 import KEY, SECRET

__all__ = ["_no_cloud", "ceph"]  # fixtures

STATE = """
[state]
store = "s3://{bucket}/shop"
endpoint = "{endpoint}"
access_key = "env:STATE_KEY"
secret_key = "env:STATE_SECRET"
"""


@pytest.fixture
def bucket(ceph: Ceph) -> str:
    name: str = ceph.make_bucket()
    return name


@pytest.fixture
def one(tmp_path: Path, ceph: Ceph, bucket: str) -> Iterator[Site]:
    """Return a site whose state is in a bucket, as its first machine sees it."""
    with ExitStack() as stack:
        made = site_at(tmp_path, "rfc2136", stack)
        settings = made.root / "fallback.toml"
        text = settings.read_text("utf-8")
        state = STATE.format(bucket=bucket, endpoint=ceph.secure)
        settings.write_text(f'{text}ca_file = "{ceph.ca}"\n{state}', "utf-8")
        made.environment |= {"STATE_KEY": KEY, "STATE_SECRET": SECRET}
        yield made


def another_machine(one: Site, name: str = "two") -> Site:
    """Return the same site on a machine that knows nothing but its settings."""
    root = one.root.parent / name / "site"
    root.mkdir(parents=True)
    (root / "fallback.toml").write_bytes((one.root / "fallback.toml").read_bytes())
    elsewhere = {"XDG_STATE_HOME": str(root.parent / "state")}
    return evolve(one, root=root, environment={**one.environment, **elsewhere})


def marker(site: Site) -> str:
    (text,) = {r[3] for r in site.bind.records() if r[0].startswith("_fallback")}
    return text


def test_a_machine_that_never_saw_the_redirect_restores_from_the_bucket(
    one: Site, ceph: Ceph, bucket: str
) -> None:
    before = one.bind.records()
    assert one.redirect("--accept", "shop-answers")["code"] == 0
    assert one.moved()
    book = decode(_held(ceph, bucket, NAME))
    assert [entry.event.value for entry in book.entries] == ["plan", "done"]
    assert DOMAIN in _held(ceph, bucket, CARD).decode()
    two = another_machine(one)
    again = two.run("redirect", "--dry-run")
    assert (again["code"], again["zones"][0]["changes"]) == (0, [])
    back = two.restore()
    assert (back["code"], back["zones"][0]["state"]) == (0, "restored")
    after = one.bind.records()
    ours = {record for record in after if record[0].startswith("_fallback")}
    assert after - ours == before
    newest = decode(_held(ceph, bucket, NAME)).entries[-1].epoch
    assert f'"{Marker(newest, "primary")}"' in str(ours)
    assert one.restore()["zones"][0]["changes"] == []
    assert one.redirect("--accept", "shop-answers")["code"] == 0
    assert "state=redirected" in marker(one)
    assert two.restore()["code"] == 0


def test_a_bucket_that_is_away_refuses_and_the_local_copy_is_the_way_out(
    one: Site,
) -> None:
    """With one line less in fallback.toml the machine goes on by what it knows."""
    before = one.bind.records()
    assert one.redirect("--accept", "shop-answers")["code"] == 0
    settings = one.root / "fallback.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace("https://127.0.0.1", "https://127.0.0.9"))
    no = one.restore()
    assert no["code"] == 1
    assert 'store = "folder"' in no["error"]["next"]
    assert one.bind.records() != before
    settings.write_text(text.partition("[state]")[0])
    assert one.restore()["code"] == 0
    assert one.bind.records() == before


def test_a_key_that_may_not_write_there_stops_the_redirect_and_shows_the_records(
    one: Site, ceph: Ceph, bucket: str
) -> None:
    before = one.bind.records()
    rule = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:PutObject"],
        "Resource": [f"arn:aws:s3:::{bucket}/*"],
    }
    policy = {"Version": "2012-10-17", "Statement": [rule]}
    ceph.client().put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    no = one.redirect("--accept", "shop-answers")
    assert (no["code"], no["zones"][0]["state"]) == (5, "refused")
    assert "cannot be kept in s3://" in no["zones"][0]["problem"]
    assert no["zones"][0]["changes"], "what a person could type instead"
    assert one.bind.records() == before


def _held(ceph: Ceph, bucket: str, name: str) -> bytes:
    body: bytes = (
        ceph.client().get_object(Bucket=bucket, Key=f"shop/{name}")["Body"].read()
    )
    return body


def test_only_a_check_that_writes_puts_anything_into_the_bucket_to_try_it(
    one: Site, ceph: Ceph, bucket: str
) -> None:
    def keys() -> set[str]:
        held = ceph.client().list_objects_v2(Bucket=bucket).get("Contents", ())
        return {each["Key"] for each in held}

    one.run("check")
    assert "shop/check.json" not in keys()
    one.run("check", "--write")
    assert "shop/check.json" in keys()


def test_check_finds_a_bucket_that_cannot_keep_the_way_back(one: Site) -> None:
    def found() -> dict[str, str]:
        findings = one.run("check")["findings"]
        return next((f for f in findings if f["id"] == "state-away"), {})

    assert found() == {}
    one.environment["STATE_SECRET"] = "no-secret-of-this-bucket"
    away = found()
    assert away["severity"] == "critical"
    assert "env:STATE_SECRET" in away["remedy"]
