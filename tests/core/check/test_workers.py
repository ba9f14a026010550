"""Which workers a shop registers is told from how its scripts are written."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.check.workers import HomePage, registered

HOME = "https://kwiaty.example/"
SCRIPT = "https://kwiaty.example/assets/main.js"


def found(script: str, base: str = HOME) -> list[str]:
    return list(registered(script, base, SCRIPT))


@pytest.mark.parametrize(
    ("script", "path"),
    [
        (("if('serviceWorker' in navigator)"
         "{navigator.serviceWorker.register('/sw.js')}"), "/sw.js"),
        ('navigator.serviceWorker.register("sw.js?v=3",{scope:"/"})', "/sw.js"),
        ("navigator.serviceWorker.register(`/pwa/sw.js`)", "/pwa/sw.js"),
        ('navigator.serviceWorker\n      .register( "/sw.js")', "/sw.js"),
        ('navigator.serviceWorker?.register("/sw.js")', "/sw.js"),
        ('navigator["serviceWorker"]["register"]("/sw.js")', "/sw.js"),
        ('const n=navigator.serviceWorker;n.register("/offline.js")', "/offline.js"),
        ('var u="/x.js";navigator.serviceWorker.register(u).then(f)', "/x.js"),
        (('var superpwa_sw={"url":"\\/superpwa-sw.js?2.2","disable":"0"};'
         "navigator.serviceWorker.register(superpwa_sw.url)"), "/superpwa-sw.js"),
        ('import{Workbox}from"x";new Workbox("/wb.js",{scope:"/"})', "/wb.js"),
        ('const wb=new e.Workbox("/wb.js")', "/wb.js"),
        ('navigator.serviceWorker.register(new URL("w.js",import.meta.url))',
         "/assets/w.js"),
        ('x.register("ngsw-worker.js",{enabled:!0});navigator.serviceWorker',
         "/ngsw-worker.js"),
        (('var t="".concat("","/service-worker.js");'
         "navigator.serviceWorker.register(t)"), "/service-worker.js"),
        ('navigator.serviceWorker.register("https://www.kwiaty.example/sw.js")',
         "/sw.js"),
        ('navigator.serviceWorker.register("\\x2fsw.js")', "/sw.js"),
    ],
)  # fmt: skip
def test_a_registration_is_known_by_how_it_is_written(script: str, path: str) -> None:
    assert found(script) == [path]


@pytest.mark.parametrize(
    "script",
    [
        "navigator.serviceWorker.register(`/${version}/sw.js`)",
        "navigator.serviceWorker.register(address())",
        'navigator.serviceWorker.register("https://cdn.example/sw.js")',
        'navigator.serviceWorker.register("data:text/javascript,1")',
        'navigator.serviceWorker.register("http://[")',
        'registry.register("/sw.js")',
        'x.register("/plugin");navigator.serviceWorker',
        "",
    ],
)
def test_what_cannot_be_known_or_is_elsewhere_is_not_guessed(script: str) -> None:
    assert found(script) == []


@pytest.mark.parametrize(
    "name",
    ["OneSignalSDKWorker.js", "OneSignalSDK.sw.js", "firebase-messaging-sw.js"],
)
def test_a_worker_for_messages_only_is_left_alone(name: str) -> None:
    """It shows no page from a cache, and its subscribers are the shop's."""
    assert found(f'navigator.serviceWorker.register("/{name}")') == []


def test_an_address_is_relative_to_the_page_and_its_base() -> None:
    """As the Service Workers specification resolves it, whatever the script's own."""
    page = HomePage.of(
        '<base href="/pl/"><script>navigator.serviceWorker.register("sw.js")</script>'
        "<script src=a.js></script>",
        "https://kwiaty.example/start",
    )

    assert page.sources == ("https://kwiaty.example/pl/a.js",)
    assert found(page.inline[0], page.base) == ["/pl/sw.js"]


def test_only_the_shop_s_own_scripts_are_read_and_the_likely_ones_first() -> None:
    page = HomePage.of(
        '<script src="/jquery.js"></script><script src="//cdn.example/app.js"></script>'
        '<script src="http://[broken"></script><script async src=/js/pwa.js></script>'
        '<link rel="modulepreload" href="https://www.kwiaty.example/main.js">',
        HOME,
    )

    assert page.sources == (
        "https://kwiaty.example/js/pwa.js",
        "https://www.kwiaty.example/main.js",
        "https://kwiaty.example/jquery.js",
    )


PIECES = st.sampled_from(
    ["serviceWorker", ".register(", "new URL(", "new Workbox(", '"', "'", "`", "\\",
     "/", "sw.js", "..", "\n", " ", "a", "=", ":", "${", ")", "<script>", "<!",
     "</script>", "<script src=", "[", "]", "?.", "\x00", "é",
     "import.meta.url", "<base href=", ">"]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=4), max_size=40).map("".join))
def test_whatever_a_shop_sends_nothing_but_a_path_comes_out(text: str) -> None:
    """And nothing that a page holds is an error."""
    page = HomePage.of(text, HOME)
    allowed = set(string.ascii_letters + string.digits + "_.~@+/-")

    for script in (text, *page.inline):
        for path in registered(f"serviceWorker {script}", page.base or HOME, HOME):
            assert path.startswith("/")
            assert set(path) <= allowed


@pytest.mark.parametrize(
    "script",
    ["serviceWorker.register(" * 40_000, "serviceWorker.register" + " " * 900_000,
     "serviceWorker.register(a)" * 40_000, "serviceWorker" + "new " * 200_000,
     "serviceWorker.register(a)" + '"/' * 400_000, "serviceWorker" + "[" * 900_000,
     "serviceWorker.register('" + "a" * 900_000, "serviceWorker" + "\\" * 900_000],
)  # fmt: skip
def test_a_script_made_to_be_slow_is_read_all_the_same(script: str) -> None:
    """No repetition is unbounded, so that each of these ends in the time of a test."""
    assert found(script) == []
