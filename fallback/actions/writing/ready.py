"""Ready sentences, made an update: found, asked about, and filled in every language.

The owner's own templates come before ours, one by one. Times are said once and hold in
every language; an answer in words belongs to one language, and where there is none the
template's own neutral sentence stands.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from attrs import field, frozen

from fallback.actions.writing.drafts import Draft, moment, spoken_language
from fallback.actions.writing.proofread import as_told
from fallback.actions.writing.templates import FOLDER, listed, read, sayings
from fallback.core.config import Config
from fallback.core.errors import UsageError
from fallback.core.model import Language, Status
from fallback.core.settings.values import nearest
from fallback.core.text import T, Text
from fallback.core.wizard.starter import READY
from fallback.page import sentences
from fallback.page.content import ready, typed
from fallback.page.content.course import QUIET, TROUBLE
from fallback.page.content.ready import ETA, NEXT, SAY, SINCE, TIMES, Template
from fallback.page.content.words import Standing
from fallback.page.languages import Speaker, autonym
from fallback.wire import shipped

OLD_NAMES = {"identified": "cause", "longer": "delay", "resolved": "back"}
"""What ready sentences were called before, and what says the same today."""

NOBODY_KNOWS = frozenset({"?", "-", "\u2013", "\u2014"})


@frozen
class Question:
    """One thing to ask. ``key`` is what ``--answer`` calls it; ``usual`` is offered.

    ``instead`` is the sentence that is said when nobody answers.
    """

    key: str
    text: Text
    usual: str = ""
    instead: str = ""


@frozen
class Ready:
    """One ready message, in every language that has it, before it is filled.

    ``again``: it begins another outage, so that nothing is known of its times.
    """

    name: str
    templates: Mapping[Language, Template] = field(repr=False)
    sayings: Mapping[Language, Mapping[str, str]] = field(repr=False)
    standing: Standing
    now: datetime
    zone: ZoneInfo
    again: bool = False

    @property
    def first(self) -> Language:
        """Return the language to which an answer belongs that names none."""
        return next(iter(self.templates))

    def questions(self, answers: Mapping[str, str]) -> Iterator[Question]:
        """Yield what *answers* do not say yet in the first language, times last.

        Raises ``UsageError`` for an answer to something that is no question here.
        """
        self._known(answers)
        yield from self._words(answers, self.first)
        asked = {name for each in self.templates.values() for name in each.names}
        for name in TIMES:
            known = name == SINCE and self.standing.started and not self._long_ago
            if name in asked and name not in answers and not known:
                yield Question(name, ready.QUESTIONS[name], self._usual(name))

    def others(self, answers: Mapping[str, str]) -> Iterator[Question]:
        """Yield what *answers* do not say yet in the other languages."""
        for language in self.templates:
            if language != self.first:
                yield from self._words(answers, language)

    def _words(
        self, answers: Mapping[str, str], language: Language
    ) -> Iterator[Question]:
        several = len(self.templates) > 1
        for place in self.templates[language].places:
            if not self._answered(answers, place.name, language):
                key = f"{place.name}.{language}" if several else place.name
                text = (
                    T("{question} ({language})",
                      question=place.question, language=autonym(language))
                    if several
                    else place.question
                )  # fmt: skip
                yield Question(key, text, instead=place.instead)

    @property
    def _long_ago(self) -> bool:
        """Whether the start that is known may be that of an outage long forgotten."""
        newest = self.standing.newest
        return newest is not None and self.now - newest > QUIET

    def judged(self, key: str, answer: str) -> None:
        """Return if *answer* can be used; else raise what ``drafts`` would."""
        name = key.partition(".")[0]
        if name not in TIMES:
            ready.refuse_braces({name: answer})
        elif answer.strip() not in {"", *NOBODY_KNOWS}:
            self._time(name, name, answer)

    def choices(self) -> Mapping[str, str]:
        """Return the sentences of which ``--say`` chooses, by name."""
        return self.sayings[self.first]

    def drafts(
        self,
        answers: Mapping[str, str],
        say: Sequence[str] = (),
        options: Collection[str] = (),
    ) -> tuple[Draft, ...]:
        """Return one draft a language, filled with *answers* and the sentences *say*.

        Those of the answers that are among *options* were typed as options of their
        own. Raises ``UsageError`` for what cannot be understood.
        """
        self._known(answers)
        times = self._times(answers, options)
        return tuple(self._draft(each, answers, say, times) for each in self.templates)

    def _draft(
        self,
        language: Language,
        answers: Mapping[str, str],
        say: Sequence[str],
        times: Mapping[str, datetime | None],
    ) -> Draft:
        template = self.templates[language]
        speaker = Speaker.of(language, shipped.catalogue(language))
        filled = {
            place.name: self._answered(answers, place.name, language)
            for place in template.places
        }
        filled |= dict(self._sentences(speaker, times))
        filled[SAY] = self.chosen(language, say)
        header = {
            key: one.value
            for key, one in template.fields.items()
            if key in ("title", "status") and one.value
        }
        if self.again:
            header.setdefault("status", Status.INVESTIGATING.value)
        keys = {SINCE: "started", ETA: "eta", NEXT: "next"}
        header |= {
            keys[name]: typed.spelled(at) if at else "?" for name, at in times.items()
        }
        lines = [f"{key}: {value}" for key, value in header.items()]
        text = "\n".join(["---", *lines, "---", "", template.filled(filled)])
        return Draft(text, language)

    def _answered(
        self, answers: Mapping[str, str], name: str, language: Language
    ) -> str:
        own = answers.get(f"{name}.{language}")
        return own or (answers.get(name, "") if language == self.first else "")

    def _known(self, answers: Mapping[str, str]) -> None:
        places = {p.name for each in self.templates.values() for p in each.places}
        known = {*places, *TIMES}
        for key in answers:
            name, _, language = key.partition(".")
            if name in known and (not language or language in self.templates):
                continue
            near = nearest(name, known)
            raise UsageError(
                T("{key} is no question of {name}", key=key, name=self.name),
                next=T("did you mean {mended}", mended=near)
                if near and near != name
                else T("known here: {known}", known=", ".join(sorted(known))),
            )

    def _usual(self, name: str) -> str:
        if name == SINCE:
            started = self.standing.started
            return typed.spelled(started.astimezone(self.zone)) if started else ""
        fields = next(iter(self.templates.values())).fields
        return fields[name].value if name in fields else ""

    def _times(
        self, answers: Mapping[str, str], options: Collection[str]
    ) -> dict[str, datetime | None]:
        """Return the times that this update says; ``None``: that nobody knows it."""
        found: dict[str, datetime | None] = {}
        for name in TIMES:
            usual = f"{next(iter(self.templates.values())).file}: {name}"
            option = f"--{name}" if name in options else f"--answer {name}"
            place = option if name in answers else usual
            default = "" if name == SINCE else self._usual(name)
            written = answers.get(name, default).strip()
            if written in NOBODY_KNOWS:
                if name != SINCE:
                    found[name] = None
            elif written:
                found[name] = self._time(place, name, written)
        return found

    def _time(self, place: str, name: str, written: str) -> datetime:
        """Return the moment *written*; what is wrong with it is said of *place*."""
        return moment(place, written, self.now, self.zone, past=name == SINCE)

    def _sentences(
        self, speaker: Speaker, times: Mapping[str, datetime | None]
    ) -> Iterator[tuple[str, str]]:
        """Yield what is known of the times, as whole sentences."""
        standing, now = self.standing, self.now
        since = times.get(SINCE, standing.started)
        eta = times[ETA] if ETA in times else _still(standing.eta, now)
        coming = times[NEXT] if NEXT in times else _still(standing.next_update, now)
        if since:
            yield SINCE, self._said(speaker, sentences.SINCE, since)
        yield (
            ETA,
            self._said(speaker, sentences.ETA_LINE, eta)
            if eta
            else speaker.say(sentences.ETA_UNKNOWN),
        )
        if coming:
            yield NEXT, self._said(speaker, sentences.NEXT, coming)

    def _said(self, speaker: Speaker, text: Text, at: datetime) -> str:
        return speaker.say(text, moment=speaker.spoken(at, self.zone))

    def chosen(self, language: Language, names: Sequence[str]) -> str:
        """Return the sentences called *names*; raises ``UsageError`` for none such."""
        known = self.sayings[language]
        for name in names:
            if name not in known:
                near = nearest(name, known)
                raise UsageError(
                    T("there is no sentence called {name} in {language}",
                      name=name, language=language),
                    next=T("did you mean {mended}", mended=near)
                    if near
                    else T("known here: {known}", known=", ".join(known)),
                )  # fmt: skip
        return ready.chosen(known, names)


def prepared(config: Config, name: str, language: str, now: datetime) -> Ready:
    """Return the ready message *name* in *language*, or in all that the shop speaks.

    Raises ``UsageError`` with the names that there are, ``ContentError`` with the place
    for a template that cannot be understood.
    """
    wanted = [spoken_language(config, language)] if language else config.shop.languages
    found = {each: file for each in wanted if (file := listed(config, each).get(name))}
    if not found and name in OLD_NAMES:
        return prepared(config, OLD_NAMES[name], language, now)
    if not found:
        raise _unknown(config, name, wanted)
    templates = {each: read(config, file, each) for each, file in found.items()}
    standing = as_told(config, now).standing
    again = _again(next(iter(templates.values())), standing, now)
    if again:
        standing = Standing(Status.INVESTIGATING, newest=standing.newest)
    return Ready(
        name,
        templates,
        {each: sayings(config, each) for each in templates},
        standing,
        now,
        config.shop.timezone,
        again,
    )


def _again(template: Template, standing: Standing, now: datetime) -> bool:
    """Return whether *template* tells of an outage that is not the one known so far.

    That one is over, or is work which has not begun.
    """
    said = template.fields.get("status")
    status = said.value.casefold() if said else ""
    if not (status in TROUBLE if status else ETA in template.names):
        return False
    if standing.status is Status.SCHEDULED:
        return standing.started is not None and standing.started > now
    return standing.status is Status.RESOLVED


def _still(at: datetime | None, now: datetime) -> datetime | None:
    return at if at and at > now else None


def _unknown(config: Config, name: str, wanted: Sequence[Language]) -> UsageError:
    what = T("there is no template {name} in {language}",
             name=name, language=", ".join(wanted))  # fmt: skip
    if any(name in listed(config, Language(code)) for code in READY):
        return UsageError(
            what,
            next=T("write {file}, or add one of these to shop.languages: {known}",
                   file=f"{FOLDER}/{name}.{wanted[0]}.md", known=", ".join(READY)),
        )  # fmt: skip
    known = sorted({each for one in wanted for each in listed(config, one)})
    near = nearest(name, known)
    return UsageError(
        what,
        next=T("did you mean {mended}", mended=near)
        if near
        else T("known here: {known}", known=", ".join(known)),
    )
