"""The demo's story, step by step: what is done, what must be true then, what is shown.

Every step does its part with the product's own actions and asks the world what came of
it. A step that cannot see what it promises raises ``Broken``: nothing is taken on
trust, least of all our own success.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from attrs import define, field, frozen

from fallback.actions.check import check
from fallback.actions.deploy import deploy
from fallback.actions.update import update
from fallback.actions.watch import WatchResult, once
from fallback.actions.writing.drafts import Draft
from fallback.core.clock import Clock
from fallback.core.config import Config
from fallback.core.findings import Finding, Severity
from fallback.core.model import Verdict
from fallback.core.result import Talk, silent
from fallback.core.text import Sayable, T, Text
from fallback.demo.customer import DEEP, NAMES, Customer
from fallback.demo.ledger import Ledger
from fallback.demo.shop import WORDS
from fallback.demo.site import HOSTS, UPDATE
from fallback.demo.world import PAGE_AT, SHOP_AT, World
from fallback.wire.web.http import FailureKind, FetchFailed, Reply

PATIENCE = timedelta(seconds=40)
"""How long one step may wait for the watcher; the story as a whole takes half of it."""

Told = Iterator[Sayable]


class Broken(Exception):
    """A step could not see what it promised; ``what`` says what was missing."""

    def __init__(self, what: Text) -> None:
        """Say that *what* was not true."""
        super().__init__(str(what))
        self.what = what


@define
class Stage:
    """Where the story is played: the world, the site in it, and a customer."""

    world: World
    config: Config
    clock: Clock
    talk: Talk = silent
    before: Ledger = field(factory=lambda: Ledger(""))
    seen: WatchResult | None = None

    @property
    def customer(self) -> Customer:
        """Return somebody who wants flowers."""
        return Customer(self.world)

    def ledger(self) -> Ledger:
        """Return what the zone file holds now."""
        return Ledger.read(self.world.zone_file)

    def watch_until(self, true: Callable[[], bool], what: Text) -> int:
        """Run the watcher's rounds until *true*; return how many there were."""
        end = self.clock.monotonic() + PATIENCE
        rounds = 0
        while not true():
            if self.clock.monotonic() > end:
                raise Broken(what)
            self.seen = once(
                self.config, say=self.talk, clock=self.clock, publish=self._publish
            )
            rounds += 1
            self.clock.sleep(self.config.primary.interval)
        return rounds

    def _publish(self, config: Config) -> int:
        """Publish as the watcher would, in this process: no secret is to be kept."""
        return deploy(config, say=self.talk, clock=self.clock).code


def must(true: object, what: Text) -> None:
    """Raise ``Broken`` with *what* unless it is *true*."""
    if not true:
        raise Broken(what)


def shop_is_up(stage: Stage) -> Told:
    """Show that a customer who types the shop's name gets the shop."""
    customer = stage.customer
    for name in NAMES:
        found = customer.finds(name)
        must(found == (SHOP_AT,), T("{name} does not lead to the shop", name=name))
        yield T("{name} leads to {address}", name=name, address=found[0])
    reply = customer.visits()
    must(_is_shop(reply), T("the shop does not show its words"))
    yield T('a customer sees the shop: {status}, "{words}"', status=200, words=WORDS)


def evening_before(stage: Stage) -> Told:
    """Publish neutral words and check everything, as an owner does in peace."""
    published = deploy(stage.config, say=stage.talk, clock=stage.clock)
    must(published.code == 0, T("the page was not published everywhere"))
    yield T(
        "a neutral page is published to {one} and {other}", one=HOSTS[0], other=HOSTS[1]
    )
    found = check(stage.config, now=stage.clock.now(), say=silent).findings
    critical = [each for each in found if each.severity is Severity.CRITICAL]
    must(not critical, T("check finds: {what}", what=_first(critical)))
    yield T("check finds nothing critical, and {n} things to know", n=len(found))
    stage.before = stage.ledger()


def watcher_is_armed(stage: Stage) -> Told:
    """Let the watcher see a healthy shop for long enough to act by itself."""
    rounds = stage.watch_until(
        lambda: stage.seen is not None and stage.seen.armed,
        T("the watcher was not armed in time"),
    )
    yield T(
        "{n} rounds: healthy for {span}, by name and by address; armed",
        n=rounds,
        span=_seconds(stage.config.primary.arm_after),
    )


def shop_dies(stage: Stage) -> Told:
    """Kill the shop's server; a customer is refused."""
    stage.world.shop.kill()
    try:
        stage.customer.visits()
    except FetchFailed as failed:
        must(failed.kind is FailureKind.REFUSED, T("the shop died in another way"))
    else:
        raise Broken(T("the shop does not die"))
    yield T("a customer sees an error: the connection is refused")


def words_are_written(stage: Stage) -> Told:
    """Write what customers should know."""
    draft = Draft(UPDATE, title="What we know", status="identified", eta="+2h")
    written = update(stage.config, draft, publish=False, say=silent, clock=stage.clock)
    file = stage.config.root / written.file
    must(file.is_file(), T("the update is not there"))
    yield T('fallback update "…" --status identified --eta +2h')
    yield T("written: {file}", file=written.file)


def page_is_published(stage: Stage) -> Told:
    """Publish to both folders, and look at the page at its status address."""
    published = deploy(stage.config, say=stage.talk, clock=stage.clock)
    must(published.code == 0, T("the page was not published everywhere"))
    for host in HOSTS:
        body = (stage.config.root / host / "index.html").read_bytes()
        must(_words(body), T("the words are not in {folder}", folder=host))
        yield T("published to {folder}", folder=host)
    status = stage.config.hosts[0].url
    yield T("open it in a browser: {url}/", url=status)
    yield T("as the shop's names will show it: {url}", url=stage.world.page.url)


def clock_passes(stage: Stage) -> Told:
    """Let the watcher see the shop down for long enough; it moves the names itself."""
    after = stage.config.primary.redirect_after
    yield T(
        "a real shop waits for three hours; here it is {span}", span=_seconds(after)
    )
    rounds = stage.watch_until(
        lambda: all(stage.customer.finds(name) == (PAGE_AT,) for name in NAMES),
        T("the names were not redirected in time"),
    )
    down = stage.seen is not None and stage.seen.state.verdict is Verdict.DOWN
    must(down, T("the watcher does not say that the shop is down"))
    yield T("{n} rounds: the shop is down; the watcher redirects the names", n=rounds)


def names_are_redirected(stage: Stage) -> Told:
    """Show which records changed, and that no others did."""
    now = stage.ledger()
    changed = list(stage.before.differences(now))
    must(changed, T("no record was changed"))
    yield from changed
    strange = [line for line in changed if not _may_change(line)]
    must(not strange, T("another record was changed: {line}", line="".join(strange)))
    must(now.serial() > stage.before.serial(), T("the serial was not raised"))
    yield T("mail and every other record stay as they were")


def customer_sees_the_page(stage: Stage) -> Told:
    """Show what a customer gets at the shop's own address now."""
    for name, path in ((NAMES[0], "/"), (NAMES[1], "/"), (NAMES[0], DEEP)):
        reply = stage.customer.visits(path, name)
        must(reply.status == 503, T("{name} does not answer 503", name=name))
        must(_words(reply.body), T("{name} does not show the words", name=name))
        must(reply.header("retry-after"), T("there is no Retry-After"))
        yield T("{name}{path}: 503 and the page", name=name, path=path)
    title = _title(reply)
    must(title, T("the page has no title"))
    yield T('the page: "{title}", come back {when}', title=title,
            when=reply.header("retry-after"))  # fmt: skip
    posted = stage.customer.visits("/wc-api/payment", method="POST")
    must(posted.status >= 400, T("a payment was told that it was delivered"))
    yield T("a payment provider gets {status}, and tries again", status=posted.status)


def shop_is_back(stage: Stage) -> Told:
    """Start the shop's server again; the names still lead to the page."""
    stage.world.shop.revive()
    must(_words(stage.customer.visits().body), T("the page is gone too early"))
    yield T("the server answers at {address} again", address=SHOP_AT)
    yield T("its customers still see the page: the watcher makes sure first")


def names_are_restored(stage: Stage) -> Told:
    """Let the watcher see the shop well for long enough; the zone is as before."""
    rounds = stage.watch_until(
        lambda: all(stage.customer.finds(name) == (SHOP_AT,) for name in NAMES),
        T("the names were not restored in time"),
    )
    yield T("{n} rounds; the watcher puts the names back", n=rounds)
    now = stage.ledger()
    left = list(stage.before.differences(now))
    must(not left, T("the zone is not as before: {lines}", lines="; ".join(left)))
    must(now.serial() > stage.before.serial(), T("the serial was not raised"))
    yield T("every record is exactly as before: the diff is empty, but for the serial")
    must(_is_shop(stage.customer.visits()), T("the shop does not show its words"))
    yield T("a customer sees the shop again, in the same tab")


@frozen
class Step:
    """One step: its stable id, its heading, and what it plays."""

    id: str
    title: Text
    play: Callable[[Stage], Told]


STORY = (
    Step("shop-up", T("the shop is up"), shop_is_up),
    Step("prepared", T("the evening before: the owner prepares"), evening_before),
    Step("armed", T("the watcher looks after the shop"), watcher_is_armed),
    Step("shop-dies", T("the shop dies"), shop_dies),
    Step("words", T("the owner writes what customers should know"), words_are_written),
    Step("published", T("the page is published to two places"), page_is_published),
    Step("clock", T("the clock passes"), clock_passes),
    Step("redirected", T("the names lead to the page"), names_are_redirected),
    Step("customer", T("what a customer sees now"), customer_sees_the_page),
    Step("shop-back", T("the shop is back"), shop_is_back),
    Step("restored", T("the names are put back"), names_are_restored),
)


def _is_shop(reply: Reply) -> bool:
    return reply.status == 200 and WORDS.encode() in reply.body


def _words(body: bytes) -> bool:
    """Say whether *body* is the page with the words of the day."""
    return b'content="fallback"' in body and b"The disk of our server" in body


def _title(reply: Reply) -> str:
    _, _, rest = reply.body.decode("utf-8", "replace").partition("<title>")
    return rest.partition("</title>")[0].strip()


def _may_change(line: str) -> bool:
    """Say whether a difference is one that a redirect may make."""
    name, _ttl, rtype, *_data = line[2:].split()
    ours = (name, rtype) == (f"_fallback.{NAMES[0]}.", "TXT")
    web = {f"{known}." for known in NAMES}
    return ours or (name in web and rtype in ("A", "AAAA", "CNAME", "HTTPS"))


def _seconds(span: timedelta) -> Text:
    return T("{n} seconds", n=int(span.total_seconds()))


def _first(critical: Sequence[Finding]) -> Sayable:
    return critical[0].seen if critical else ""
