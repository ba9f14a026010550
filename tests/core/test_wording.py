"""Each rule of the checklist, on good words and on bad ones."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.config import FILE_NAME, Contact
from fallback.core.findings import Finding, Severity
from fallback.core.model import Announcement, Language, Status, Update, Words
from fallback.core.text import Text
from fallback.core.wording import Wording, findings, while_up
from fallback.core.words.lexicon import LANGUAGES, folded, hits
from fallback.core.words.passages import Passage
from fallback.core.words.tongues import numbers, tongue_findings
from fallback.page.content.words import Standing
from tests.fakes.config import small_config

PL, EN, DE = Language("pl"), Language("en"), Language("de")
HEADINGS = {
    PL: {
        "what": "Co się stało",
        "means": "Co to znaczy dla Państwa",
        "order": "Państwa zamówienie",
        "do": "Co można zrobić teraz",
        "work": "Co robimy",
    },
    EN: {
        "what": "What happened",
        "means": "What it means for you",
        "order": "Your order",
        "do": "What you can do now",
        "work": "What we are doing",
    },
}
OUTAGE = {
    PL: "## Co się stało\n\nZepsuł się dysk. Przepraszamy.\n\n"
    "## Co to znaczy dla Państwa\n\nNie można nic kupić.\n\n"
    "## Państwa zamówienie\n\nSprawdzimy je.\n\n"
    "## Co można zrobić teraz\n\nProsimy zadzwonić.\n\n## Co robimy\n\nNaprawiamy.",
    EN: "## What happened\n\nA disk broke. We are sorry.\n\n"
    "## What it means for you\n\nNothing can be bought.\n\n"
    "## Your order\n\nWe will look it up.\n\n"
    "## What you can do now\n\nPlease call.\n\n## What we are doing\n\nRepairing.",
}
START = datetime(2026, 11, 22, 8, 40, tzinfo=UTC)
NOW = START + timedelta(minutes=20)
GOOD = Standing(
    Status.IDENTIFIED,
    START,
    START + timedelta(hours=5),
    START + timedelta(hours=1),
    START + timedelta(minutes=10),
)


def minutes(count: int) -> datetime:
    return START + timedelta(minutes=count)


def told(stem: str, at: datetime, status: Status | None = None) -> Update:
    return Update(stem, at, {PL: ("", "x")}, status)


def wording(
    *texts: str,
    language: Language = PL,
    languages: tuple[Language, ...] = (),
    standing: Standing = GOOD,
    updates: tuple[Update, ...] | None = None,
    passages: tuple[Passage, ...] = (),
    outage: str | None = None,
    reported: bool = False,
) -> Wording:
    """Return words that are good, and *texts* as the newest updates, oldest first."""
    config = small_config(Path("/site"))
    spoken = languages or (language,)
    config = evolve(
        config,
        shop=evolve(config.shop, languages=spoken),
        contact=Contact(
            "a@elsewhere.example", "+48600100200", {"": "8–20"}, {"F": "https://f"}
        ),
    )
    body = OUTAGE.get(language, "Wir sind nicht da.") if outage is None else outage
    said = [Passage(f"content/outage.{language}.md", language, "", body)]
    said += [
        Passage(f"content/updates/u{n}.{language}.md", language, f"u{n}", text)
        for n, text in enumerate(texts)
    ]
    if updates is None:
        stems = sorted({one.stem for one in (*said, *passages) if one.stem})
        updates = tuple(told(stem, minutes(10)) for stem in reversed(stems)) or (
            told("first", minutes(10)),
        )
    announced = {language: Announcement(language, "", "<p>x</p>")}
    return Wording(
        config,
        Words(announced, updates),
        standing,
        (*said, *passages),
        HEADINGS,
        reported,
    )


def judged(words: Wording, now: datetime = NOW) -> dict[str, Finding]:
    return {one.id: one for one in findings(words, now=now)}


@pytest.mark.parametrize("language", [PL, EN])
def test_good_words_have_no_finding(language: Language) -> None:
    assert findings(wording(language=language), now=NOW) == ()


def test_a_finding_says_what_why_and_what_to_do() -> None:
    words = wording("Oops! http 503", standing=evolve(GOOD, started=None), outage="")

    for one in findings(words, now=NOW):
        for text in (one.seen, one.why, one.remedy):
            assert isinstance(text, Text)
            assert str(text)
            assert not str(text).endswith(".")


# what cannot be told without a clock


@pytest.mark.parametrize(
    ("name", "change", "now"),
    [
        ("eta-missing", {"eta": None, "next_update": None}, NOW),
        ("eta-passed", {"eta": minutes(15)}, NOW),
        ("next-missing", {"next_update": None}, NOW),
        ("next-overdue", {"next_update": minutes(15)}, NOW),
        ("started-missing", {"started": None}, NOW),
        ("update-gap", {"next_update": None}, minutes(45)),
        ("update-gap", {"next_update": minutes(300)}, minutes(75)),
    ],
)
def test_times_that_are_missing_or_late_are_found(
    name: str, change: dict[str, datetime | None], now: datetime
) -> None:
    assert name not in judged(wording())
    assert name in judged(wording(standing=evolve(GOOD, **change)), now)


def test_only_what_leaves_customers_without_any_time_is_critical() -> None:
    nothing = judged(wording(standing=evolve(GOOD, eta=None, next_update=None)))
    bad = judged(wording("Oops! Error 503, hacked!!", outage="", standing=GOOD))

    assert nothing["eta-missing"].severity is Severity.CRITICAL
    assert {one.severity for one in bad.values()} <= {Severity.WARNING, Severity.INFO}


def test_an_unknown_end_is_no_finding_when_the_next_message_is_promised() -> None:
    assert judged(wording(standing=evolve(GOOD, eta=None))) == {}


def test_words_that_wait_for_the_day_owe_nobody_a_time() -> None:
    asleep = Standing(Status.INVESTIGATING)

    assert judged(wording(standing=asleep, updates=()), NOW) == {}


@pytest.mark.parametrize(
    ("first", "now", "severity"),
    [
        (None, minutes(10), None),
        (None, minutes(20), Severity.WARNING),
        (50, minutes(55), None),
        (61, minutes(65), Severity.INFO),
    ],
)
def test_the_first_word_comes_within_an_hour(
    first: int | None, now: datetime, severity: Severity | None
) -> None:
    updates = () if first is None else (told("a", minutes(first)),)

    found = judged(wording(updates=updates), now).get("first-update-late")

    assert (found.severity if found else None) is severity


def test_later_the_promised_time_is_what_counts() -> None:
    standing = evolve(GOOD, next_update=minutes(600), eta=minutes(900))

    assert judged(wording(standing=standing), minutes(300)) == {}


@pytest.mark.parametrize(
    ("hours", "reported", "found"),
    [(23, False, False), (25, False, True), (25, True, False)],
)
def test_a_day_after_the_end_the_report_is_due(
    hours: int, reported: bool, found: bool
) -> None:
    over = evolve(GOOD, status=Status.RESOLVED, eta=None, next_update=None)
    updates = (
        told("c", minutes(200), Status.RESOLVED),
        told("b", minutes(100), Status.RESOLVED),
        told("a", minutes(10), Status.IDENTIFIED),
    )
    words = wording(standing=over, updates=updates, reported=reported)

    ids = judged(words, minutes(100) + timedelta(hours=hours))

    assert ("resolved-without-report" in ids) is found
    assert set(ids) <= {"resolved-without-report"}


def test_while_the_shop_answers_lateness_is_one_finding() -> None:
    late = findings(
        wording("Oops", standing=evolve(GOOD, eta=None, next_update=None)),
        now=minutes(400),
    )

    kept = {one.id for one in while_up(late)}

    assert "still-open" in kept
    assert "humour" in kept
    assert "eta-missing" not in kept
    assert while_up(()) == ()


# what a message needs


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("impact-missing", "Co to znaczy dla Państwa"),
        ("alternatives-missing", "Co można zrobić teraz"),
        ("order-missing", "Państwa zamówienie"),
        ("work-missing", "Co robimy"),
    ],
)
def test_a_part_that_is_missing_is_asked_for(name: str, heading: str) -> None:
    without = OUTAGE[PL].replace(f"## {heading}", "## Coś")
    empty = OUTAGE[PL].replace(f"## {heading}\n", f"## {heading}\n\n## Coś\n")
    tolerant = OUTAGE[PL].replace(f"## {heading}", f"**{heading.upper()}:**")

    found = judged(wording(outage=without))
    assert heading in str(found[name].remedy)
    assert found[name].subject == "content/outage.pl.md"
    assert name in judged(wording(outage=empty))
    assert name not in judged(wording(outage=tolerant))


@pytest.mark.parametrize("language", [PL, EN])
def test_somebody_says_sorry(language: Language) -> None:
    cold = OUTAGE[language].replace("Przepraszamy.", "").replace("We are sorry.", "")

    assert "apology-missing" in judged(wording(language=language, outage=cold))


def test_a_known_cause_is_told() -> None:
    outage = OUTAGE[PL].replace("Zepsuł się dysk. ", "")
    early = evolve(GOOD, status=Status.INVESTIGATING)

    assert "cause-missing" in judged(wording(outage=outage))
    assert "cause-missing" not in judged(wording(outage=outage, standing=early))
    assert "cause-missing" not in judged(wording("Pękła rura.", outage=outage))


@pytest.mark.parametrize(
    ("language", "said", "told"),
    [
        ("pl", "Znamy już przyczynę. Przepraszamy za tę awarię.", "Awaria zasilania."),
        (
            "en",
            "We know the cause now. Sorry for the outage.",
            "We know the cause: a fault.",
        ),
        ("es", "Ya conocemos la causa. Sentimos esta avería.", "La causa: un corte."),
        ("ro", "Știm acum care este cauza.", "Cauza: un disc stricat."),
    ],
)
def test_that_a_cause_is_known_tells_none(language: str, said: str, told: str) -> None:
    def missing(text: str) -> bool:
        words = wording(outage=text, language=Language(language))
        return "cause-missing" in judged(words)

    assert missing(said)
    assert not missing(f"{said}\n\n{told}")


def test_the_contact_is_there() -> None:
    words = wording()
    bare = evolve(words, config=evolve(words.config, contact=Contact("", "")))

    found = judged(bare)

    assert found["contact-missing"].severity is Severity.CRITICAL
    assert found["contact-missing"].subject == FILE_NAME
    assert {"contact-hours-missing", "social-link-missing"} <= set(found)


# how it is said

BAD = [
    ("apology-hollow", "pl", "Przepraszamy za wszelkie niedogodności."),
    ("apology-hollow", "en", "We apologise for any inconvenience caused."),
    ("apology-hollow", "es", "Disculpen las molestias."),
    ("apology-hollow", "ro", "Ne cerem scuze pentru eventualele neplăceri."),
    ("blame", "pl", "Awaria powstała z winy firmy hostingowej."),
    ("blame", "pl", "przez naszego hostingodawce sklep nie dziala"),
    ("blame", "en", "Due to a third-party issue our shop is down."),
    ("blame", "es", "Por culpa del proveedor."),
    ("blame", "ro", "Nu este vina noastră."),
    ("promise", "pl", "Gwarantujemy powrót o 15:30."),
    ("promise", "en", "This will never happen again."),
    ("promise", "es", "Le garantizamos que no volverá a ocurrir."),
    ("promise", "ro", "Promitem că revenim la 15."),
    ("jargon", "pl", "Błąd 503 na serwerze."),
    ("jargon", "en", "Our node in the cluster hit a timeout."),
    ("jargon", "es", "La base de datos no responde."),
    ("jargon", "ro", "Baza de date nu răspunde."),
    ("vague", "pl", "Przerwa techniczna, wkrótce wracamy."),
    ("vague", "en", "We are undergoing maintenance."),
    ("vague", "es", "Estamos en mantenimiento."),
    ("vague", "ro", "Revenim în curând."),
    ("humour", "en", "Oops! Our hamsters fell asleep"),
    ("humour", "pl", "Serwer śpi 😂"),
    ("humour", "en", "Ha-ha, it broke."),
    ("promise", "pl", "Wracamy jutro na 100%."),
    ("promise", "en", "It is 100 % certain."),
    ("eta-unqualified", "pl", "Sklep wraca o 15:30."),
    ("panic", "pl", "KATASTROFA W SERWEROWNI"),
    ("panic", "en", "We were hacked."),
    ("panic", "es", "¡Qué desastre!"),
    ("panic", "ro", "Este un dezastru."),
    ("panic", "de", "Alles kaputt! Schnell! Hilfe!"),
    ("security-claim", "pl", "Państwa dane są bezpieczne."),
    ("security-claim", "en", "No customer data was lost."),
    ("security-claim", "es", "Sus datos están a salvo."),
    ("security-claim", "ro", "Datele dumneavoastră sunt în siguranță."),
    ("personal-data", "pl", "Zamówienie nr 10432 pani Anny czeka."),
    ("personal-data", "en", "Order #10432 is late."),
    ("personal-data", "de", "Anna (anna@kundin.example) wartet."),
    ("personal-data", "en", "Our key is AKIAIOSFODNN7EXAMPLE"),
    ("placeholder", "pl", "Wrócimy około [godzina]."),
    ("placeholder", "en", "We expect {eta}"),
    ("placeholder", "de", "Lorem ipsum"),
    ("placeholder", "ro", "Revenim aproximativ la HH:MM."),
    ("eta-unqualified", "pl", "Wracamy o 15:30."),
    ("eta-unqualified", "en", "We will be back at 3pm."),
    ("eta-unqualified", "es", "Volvemos a las 15:30."),
    ("eta-unqualified", "ro", "Revenim la 15:30."),
    ("long-sentence", "de", "wort " * 26 + "."),
]
FINE = [
    ("blame", "pl", "To nasza odpowiedzialność i przepraszamy."),
    ("blame", "pl", "Winogrona dojechały przez noc."),
    ("blame", "en", "It was our fault, and we take full responsibility."),
    ("jargon", "pl", "Dostawa od 500 zł, a od 503 zł z prezentem."),
    ("jargon", "pl", "Prosimy dzwonić pod +48 600 503 200."),
    ("jargon", "pl", "Uszkodzony dysk w serwerze, przywracamy kopię."),
    ("jargon", "en", "See https://www.facebook.com/kwiaty/api/http"),
    ("vague", "en", "Whoever ordered shortly before can call."),
    ("vague", "pl", "Wrócimy około 15:30."),
    ("promise", "pl", "Spodziewamy się powrotu o 15:30."),
    ("promise", "ro", "Niciodată nu cerem parole."),
    ("humour", "en", "We are sorry."),
    ("humour", "pl", "Kurier UPS przyjedzie jutro."),
    ("promise", "pl", "Koszule ze 100% bawełny odłożymy."),
    ("promise", "en", "Flowers arrive on the promised day."),
    ("apology-missing", "es", "Sentimos las molestias."),
    ("panic", "pl", "Sklep ABC nie działa!"),
    ("placeholder", "es", "Todo funciona. [Facebook](https://www.facebook.com/k)"),
    ("personal-data", "pl", "Piszcie na a@elsewhere.example w sprawie zamówienia."),
    ("personal-data", "en", "Write to us about your order from 2026."),
    ("eta-unqualified", "pl", "Spodziewamy się wrócić około 15:30."),
    ("eta-unqualified", "en", "We expect to be back around 3pm."),
    ("eta-unqualified", "es", "Estimamos volver hacia las 15:30."),
    ("eta-unqualified", "ro", "Estimăm că revenim în jurul orei 15:30."),
    ("eta-unqualified", "en", "The shop is open daily until 18:00."),
    ("long-sentence", "de", "wort " * 12 + ". " + "wort " * 12 + "."),
    ("security-claim", "pl", "Zamówienia są bezpieczne."),
]


@pytest.mark.parametrize(("name", "language", "text"), BAD)
def test_bad_words_are_found_with_their_line(
    name: str, language: str, text: str
) -> None:
    words = wording(f"Dobrze.\n\n{text}", language=Language(language))

    (found,) = (one for one in findings(words, now=NOW) if one.id == name)

    assert found.subject == f"content/updates/u0.{language}.md"
    assert "line 3" in str(found.seen)


@pytest.mark.parametrize(("name", "language", "text"), BAD)
def test_the_owner_may_mean_it(name: str, language: str, text: str) -> None:
    meant = f"Dobrze.\n\n{text} <!-- lint-ok: {name} -->"

    assert name not in judged(wording(meant, language=Language(language)))


@pytest.mark.parametrize(("name", "language", "text"), FINE)
def test_good_words_are_left_alone(name: str, language: str, text: str) -> None:
    assert name not in judged(wording(text, language=Language(language)))


def test_a_title_is_read_too() -> None:
    one = Passage("content/updates/u0.pl.md", PL, "u0", "A.", title="Ups, DNS")

    found = judged(wording(passages=(one,)))

    assert "the title" in str(found["jargon"].seen)


def test_a_secret_is_never_repeated() -> None:
    found = judged(wording("Our key is AKIAIOSFODNN7EXAMPLE", language=EN))

    assert "AKIA" not in str(found["personal-data"].seen)


def test_planned_work_may_be_called_so() -> None:
    standing = evolve(GOOD, status=Status.SCHEDULED)
    text = "Scheduled maintenance tonight."

    assert "vague" in judged(wording(text, language=EN))
    assert "vague" not in judged(wording(text, language=EN, standing=standing))


# all languages together


def version(stem: str, language: Language, body: str, **facts: str) -> Passage:
    folder = "updates/" if stem else ""
    file = f"content/{folder}{stem or 'outage'}.{language}.md"
    return Passage(file, language, stem, body, facts=facts)


def test_what_is_missing_in_a_language_is_named() -> None:
    both = wording("A.", languages=(PL, EN))
    outage = version("", EN, OUTAGE[EN])

    without = judged(both)
    half = judged(wording("A.", languages=(PL, EN), passages=(outage,)))

    assert str(without["translation-missing"].seen).endswith("in: en")
    assert without["translation-missing"].subject == "content/outage.pl.md"
    assert half["translation-missing"].subject == "content/updates/u0.pl.md"


def test_updates_that_lack_the_same_language_are_named_once() -> None:
    both = [version("", PL, OUTAGE[PL]), version("", EN, OUTAGE[EN])]
    log = [version(f"u{n}", PL, f"Wiadomość {n}.") for n in range(4)]
    meant = version("u4", PL, "Tylko tu. <!-- lint-ok: translation-missing -->")

    found = [
        one
        for one in tongue_findings([*both, *log, meant], (PL, EN))
        if one.id == "translation-missing"
    ]

    (one,) = found
    assert one.subject == "content/updates/u3.pl.md"
    assert str(one.seen) == "it is not there in: en; and so it is with 3 more"


@pytest.mark.parametrize(
    ("polish", "english", "same"),
    [
        ("Około 15:30.", "About 3:30 pm.", True),
        ("Około 9.40", "About 09:40", True),
        ("O 15.", "At 15:00", True),
        ("Cena 1 299 zł", "Price 1,299 zł", True),
        ("22.11.2026", "11/22/2026", True),
        ("1. a\n2. b", "- a\n- b", True),
        ("Około 15:30.", "About 16:30.", False),
        ("Rabat 10 %", "10 % off until the 30th", False),
    ],
)
def test_numbers_are_the_same_in_every_language(
    polish: str, english: str, same: bool
) -> None:
    outage, update = version("", EN, OUTAGE[EN]), version("u0", EN, english)

    found = judged(wording(polish, languages=(PL, EN), passages=(outage, update)))

    assert ("numbers-differ" not in found) is same
    assert (numbers(polish) == numbers(english)) is same


def test_a_translation_with_another_time_is_stale() -> None:
    outage = version("", EN, OUTAGE[EN])
    pair = [version("u0", PL, "A.", eta="1"), version("u0", EN, "A.", eta="2")]

    found = judged(wording(languages=(PL, EN), passages=(outage, *pair)))

    assert found["translation-stale"].subject == "content/updates/u0.en.md"


def test_an_update_without_news_is_found() -> None:
    same = "Nadal pracujemy nad naprawą dysku, prosimy o cierpliwość."

    assert "update-repeats" in judged(wording(same, f"{same} Dziękujemy."))
    assert "update-repeats" in judged(wording("", ""))
    assert "update-repeats" not in judged(wording(same, "Dysk jest już wymieniony."))
    news = version("u1", PL, same, eta="2026")
    assert "update-repeats" not in judged(wording(same, passages=(news,)))


# whatever anybody writes

LANGUAGE = st.sampled_from([*LANGUAGES, "de", "zh"]).map(Language)
LINES = st.lists(
    st.one_of(
        st.text(max_size=80),
        st.sampled_from([text for _, _, text in BAD + FINE]),
        st.sampled_from(["## Co robimy", "- a", "```", "<!-- lint-ok: x", "{", "[[["]),
    )
).map("\n".join)


@given(LINES, LINES, LANGUAGE, st.datetimes(timezones=st.just(UTC)))
def test_findings_never_raise(
    text: str, outage: str, language: Language, now: datetime
) -> None:
    found = findings(
        wording(text, f"{text}x", language=language, outage=outage), now=now
    )

    for one in found:
        assert str(one.seen)
        assert len(str(one.seen)) < 400


@given(st.text())
def test_folding_keeps_every_letter_in_its_place(text: str) -> None:
    import unicodedata

    assert len(folded(text)) == len(unicodedata.normalize("NFC", text))


@given(st.text(), LANGUAGE)
def test_a_hit_is_shown_as_it_is_written(text: str, language: Language) -> None:
    import unicodedata

    for rule in ("jargon", "vague", "humour"):
        for hit in hits(rule, language, text):
            assert hit in unicodedata.normalize("NFC", text)


def test_twenty_kilobytes_of_anything_are_judged_at_once() -> None:
    for text in (
        "[" * 20000,
        "a " * 10000,
        "przez " * 3500,
        "dane " * 4000,
        "](" * 10000,
        "1" * 20000,
    ):
        assert isinstance(findings(wording(text, text), now=NOW), tuple)
