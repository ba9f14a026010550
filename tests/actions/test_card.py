"""The emergency card: one sheet of paper that is true, and opens no door."""

import io
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zxingcpp
from attrs import evolve
from PIL import Image
from playwright.sync_api import Browser

from fallback.__main__ import run
from fallback.actions.card import card
from fallback.actions.site import load
from fallback.core.config import Card, Person
from fallback.core.settings.card_settings import LOGINS
from fallback.core.text import Text
from fallback.core.wizard.offers import NOWHERE
from fallback.page.languages import Speaker
from fallback.wire import shipped
from tests.fakes.site_folder import folder, write_site
from tests.servers import browser as browsers
from tests.servers import zones

NOW = datetime(2026, 11, 29, 10, tzinfo=UTC)
PAGE, FORM = "https://status.kwiaty.example", "https://forms.example/update"
ZONE = """
[[dns]]
provider = "zonefile"
path = "zone"
zone = "kwiaty.example"
names = ["kwiaty.example", "www.kwiaty.example"]
target = ["192.0.2.80", "2001:db8::80"]
"""
CARD = f"""
[card]
decides = ["Ania Nowak, +48600100200", "Jan Nowak, +48600100201"]
update_url = "{FORM}"
[card.logins]
registrar = "password book, page 3"
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    made = write_site(tmp_path / "site", folder(url=PAGE))
    (made / "zone").write_text(zones.TEXT)
    file = made / "fallback.toml"
    file.write_text(file.read_text("utf-8") + ZONE + CARD, "utf-8")
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsers.launched() as one:
        yield one


def speaker(code: str):
    known = Speaker.of(code, shipped.catalogue(code, "owner"))
    return lambda said: (
        said.said_by(known.translate) if isinstance(said, Text) else str(said)
    )


def made(root: Path, *, ask: bool = True, code: str = "en", **settings: object):
    config = load(root)
    config = evolve(config, card=evolve(config.card, **settings))
    return card(config, now=NOW, speak=speaker(code), language=code, ask=ask)


def sheets(browser: Browser, html: bytes) -> int:
    tab = browser.new_page()
    tab.set_content(html.decode())
    pdf = tab.pdf(prefer_css_page_size=True)
    tab.context.close()
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def test_it_says_who_decides_what_to_type_and_how_to_go_back(root: Path) -> None:
    text = made(root).text
    for words in (
        "Ania Nowak: +48 600 100 200",
        "fallback redirect",
        "fallback restore",
        "password book, page 3",
        "kwiaty.example. 300 IN A 192.0.2.10",
        "kwiaty.example. 60 IN A 192.0.2.80",
        "www.kwiaty.example. 60 IN AAAA 2001:db8::80",
        "back to the shop: delete the page's records",
        "as they stand there on 2026-11-29",
    ):
        assert words in text, words


def test_both_codes_lead_a_telephone_to_what_stands_beside_them(
    root: Path, browser: Browser
) -> None:
    tab = browser.new_page(device_scale_factor=2, color_scheme="dark")
    tab.set_content(made(root).html.decode())
    shot = Image.open(io.BytesIO(tab.screenshot(full_page=True)))
    tab.context.close()
    assert {each.text for each in zxingcpp.read_barcodes(shot)} == {PAGE, FORM}


@pytest.mark.parametrize("code", ["en", "pl"])
def test_the_fullest_card_is_still_one_sheet(
    root: Path, browser: Browser, code: str
) -> None:
    text = "\n".join(f"x{i} 300 IN A 192.0.2.{i}" for i in range(1, 30))
    (root / "zone").write_text(f"{zones.TEXT}\n{text}\n")
    names = ", ".join(f'"x{i}.kwiaty.example"' for i in range(1, 30))
    file = root / "fallback.toml"
    whole = file.read_text("utf-8").replace('"www.kwiaty.example"', names)
    file.write_text(whole, "utf-8")
    people = tuple(Person(f"Person {'n' * 31} {i}", "+48600100200") for i in range(9))
    full = made(
        root,
        code=code,
        decides=people,
        logins=dict.fromkeys(LOGINS, "where it is kept, at such length " * 2),
        update_url=f"https://forms.example/{'long/' * 40}",
    )
    assert sheets(browser, full.html) == 1
    assert "x29.kwiaty.example. 300 IN A" in full.text, "the text has all of them"


@pytest.mark.parametrize("code", ["en", "pl"])
def test_many_zones_are_folded_and_it_is_still_one_sheet(
    root: Path, browser: Browser, code: str
) -> None:
    file = root / "fallback.toml"
    more = [ZONE.replace("kwiaty.example", f"kwiaty{n}.example") for n in range(5)]
    file.write_text(file.read_text("utf-8") + "".join(more), "utf-8")
    people = tuple(Person(f"Person {'n' * 31} {i}", "+48600100200") for i in range(9))
    full = made(
        root,
        code=code,
        decides=people,
        logins=dict.fromkeys(LOGINS, "where it is kept, at such length " * 2),
        update_url=f"https://forms.example/{'long/' * 40}",
    )
    assert sheets(browser, full.html) == 1
    assert "kwiaty4.example" in full.text, "the text has all of them"
    assert b"fallback kit" in full.html


def test_a_top_of_a_zone_that_follows_no_host_name_keeps_what_was_read(
    root: Path,
) -> None:
    """Nothing is called never read that was, and no CNAME is told for such a name."""
    file = root / "fallback.toml"
    text = file.read_text("utf-8")
    target = 'target = ["192.0.2.80", "2001:db8::80"]'
    file.write_text(text.replace(target, 'target = "page.host.example"'), "utf-8")

    unread = made(root, ask=False).text
    told = made(root).text

    assert "never read" in unread and "never read" not in told
    assert "kwiaty.example. 300 IN A 192.0.2.10" in told
    for each in (unread, told):
        assert "the addresses of page.host.example" in each
        lines = [line.strip() for line in each.splitlines()]
        assert not any(re.match(r"kwiaty\.example\. \d+ IN CNAME", x) for x in lines)
        assert any(x.startswith("www.kwiaty.example. 60 IN CNAME page") for x in lines)


def test_it_asks_nothing_of_a_network_or_a_script(root: Path) -> None:
    html = made(root).html.decode()
    assert "<script" not in html
    assert not re.search(r"(?:src|url\()\s*=?\s*[\"']?https?:", html)


def test_what_an_owner_wrote_cannot_become_markup(root: Path) -> None:
    html = made(root, decides=(Person("<b>Ania</b>", "+48600100200"),)).html.decode()
    assert "&lt;b&gt;Ania" in html


def test_without_an_answer_the_records_are_those_seen_last_with_their_day(
    root: Path,
) -> None:
    made(root)
    (root / "zone").unlink()
    told = made(root).text
    assert "as last seen on 2026-11-29" in told
    assert "kwiaty.example. 300 IN A 192.0.2.10" in told


def test_what_was_never_read_is_left_to_be_written_down(root: Path) -> None:
    told = made(root, ask=False)
    assert "never read" in told.text
    assert "192.0.2.10" not in told.text
    assert "the records of kwiaty.example" in str(told.as_json()["missing"])


def test_a_target_that_nobody_has_named_yet_is_never_printed(root: Path) -> None:
    file = root / "fallback.toml"
    text = file.read_text("utf-8")
    target = 'target = ["192.0.2.80", "2001:db8::80"]'
    file.write_text(text.replace(target, f'target = "{NOWHERE}"'), "utf-8")

    told = made(root, ask=False)

    assert NOWHERE not in told.text and NOWHERE.encode() not in told.html
    assert told.text.count("…………") >= 2, "both sides are left to be written down"


def test_records_of_names_that_are_not_redirected_any_more_are_not_taken(
    root: Path,
) -> None:
    made(root)
    file = root / "fallback.toml"
    text = file.read_text("utf-8").replace('"www.kwiaty.example"', '"m.kwiaty.example"')
    file.write_text(text, "utf-8")
    assert "never read" in made(root, ask=False).text


def test_an_empty_card_has_room_to_write(root: Path, browser: Browser) -> None:
    empty = made(root, **{each: getattr(Card(), each) for each in Card.__slots__[:3]})
    assert b'class="blank"' in empty.html
    assert sheets(browser, empty.html) == 1
    missing = empty.as_json()["missing"]
    assert any("decides" in each for each in missing)
    assert any("update_url" in each for each in missing)


def test_the_form_of_the_repositorys_own_workflow_is_found_and_no_token(
    root: Path,
) -> None:
    remote = (
        "https://x-access-token:ghs_secretsecretsecretsecret@github.com/ania/kwiaty"
    )
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    git = ["git", "-C", str(root)]
    subprocess.run([*git, "remote", "add", "origin", remote], check=True)
    folder_ = root / ".github/workflows"
    folder_.mkdir(parents=True)
    (folder_ / "words.yml").write_text("on:\n  workflow_dispatch:\n# fallback deploy\n")
    text = made(root, update_url="").text
    assert "https://github.com/ania/kwiaty/actions/workflows/words.yml" in text
    assert "secret" not in text


def test_the_command_writes_it_where_it_says(root: Path, capsys) -> None:
    out = root / "card.html"
    assert run(("-C", str(root), "card", "--out", str(out))) == 0
    assert str(out) in capsys.readouterr().out
    assert b"Kwiaty u Ani" in out.read_bytes()


def test_the_command_can_say_it_in_plain_text(root: Path, capsys) -> None:
    assert run(("-C", str(root), "card", "--text")) == 0
    assert "EMERGENCY CARD: KWIATY U ANI" in capsys.readouterr().out
