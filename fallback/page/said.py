"""What stands on the page and may change while it is open.

Flat strings by name, the same in the page (``data-live``) and in the feed that the open
page polls, so that a theme and the script agree on nothing but names. The clock is no
input of a build: what changes by itself, because an ETA passes or planned work begins,
stands beside it with the moment from which it holds.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from attrs import field, frozen

from fallback.core.model import Status, Update
from fallback.core.text import Sayable, Text
from fallback.page import sentences
from fallback.page.content.words import Standing
from fallback.page.languages import Speaker

Strings = Mapping[str, str]
Later = tuple[datetime, Strings]

_NO_MOMENT = dict.fromkeys(
    ("eta_label", "eta_date", "eta_time", "eta_zone", "eta_iso"), ""
)


@frozen
class Said:
    """The strings as they hold now, and those that replace some of them later.

    An empty string is a sentence that is not said. ``line`` is the ETA in one line.
    """

    now: Strings
    after: tuple[Later, ...] = ()
    line: str = ""


@frozen
class Teller:
    """Says how things stand in one language. ``title`` is the owner's own, if any."""

    shop: str
    speaker: Speaker
    zone: ZoneInfo
    standing: Standing
    updates: Sequence[Update] = field(repr=False)
    title: str = ""

    def said(self) -> Said:
        """Return everything that may change while the page is open."""
        standing = self.standing
        common = {
            "title": self.title,
            "status": self._say(sentences.STATUS[standing.status]),
            "since": "",
            "next": "",
            "go": "",
            **_NO_MOMENT,
            "eta_line": "",
        }
        if standing.status is Status.RESOLVED:
            said = self._back()
        elif standing.status is Status.SCHEDULED:
            said = self._planned()
        else:
            said = self._unplanned()
        now, after, line = said.now, list(said.after), said.line
        if standing.next_update and standing.status is not Status.RESOLVED:
            moment = self._moment(standing.next_update)
            now = {**now, "next": self._say(sentences.NEXT, moment=moment["text"])}
            late = self._say(sentences.NEXT_PASSED, moment=moment["text"])
            after.append((standing.next_update, {"next": late}))
        after.sort(key=lambda later: later[0])
        # in the shop's zone, so that a moment is spelled as it is elsewhere in the page
        local = ((at.astimezone(self.zone), texts) for at, texts in after)
        return Said({**common, **now}, tuple(local), line)

    def _back(self) -> Said:
        lasted = self._lasted()
        return Said(
            {
                "title": self._say(sentences.BACK, shop=self.shop),
                "since": self._say(
                    sentences.LASTED, duration=self.speaker.duration(lasted)
                )
                if lasted
                else "",
                "go": self._say(sentences.TO_THE_SHOP),
            },
            line=self._say(sentences.BACK_LINE),
        )

    def _lasted(self) -> timedelta | None:
        """Return how long it was, from the start to the first word that it is over."""
        over = None
        for update in self.updates:
            if update.status is Status.RESOLVED:
                over = update.at
            elif update.status:
                break
        started = self.standing.started
        return over - started if over and started and over > started else None

    def _unplanned(self) -> Said:
        standing = self.standing
        now = {
            "title": self.title or self._say(sentences.UNAVAILABLE, shop=self.shop),
            "since": self._at(sentences.SINCE, standing.started),
        }
        return self._with_end(
            now,
            (),
            sentences.ETA,
            sentences.ETA_LINE,
            sentences.ETA_UNKNOWN,
            sentences.ETA_PASSED,
        )

    def _planned(self) -> Said:
        started = self.standing.started
        during = {
            "title": self.title or self._say(sentences.PLANNED, shop=self.shop),
            "since": self._at(sentences.PLANNED_SINCE, started),
        }
        before = {
            "title": self.title or self._say(sentences.COMING, shop=self.shop),
            "since": self._at(sentences.PLANNED_START, started),
        }
        begun = started is None or any(update.at >= started for update in self.updates)
        return self._with_end(
            during if begun else before,
            () if begun or started is None else ((started, during),),
            sentences.PLANNED_END,
            sentences.PLANNED_END_LINE,
            sentences.PLANNED_END_UNKNOWN,
            sentences.PLANNED_END_PASSED,
        )

    def _with_end(
        self,
        now: Strings,
        after: tuple[Later, ...],
        label: Text,
        line: Text,
        unknown: Text,
        passed: Text,
    ) -> Said:
        eta = self.standing.eta
        if eta is None:
            text = self._say(unknown)
            return Said({**now, "eta_line": text}, after, text)
        at = self._moment(eta)
        late = self._say(passed, moment=at["text"])
        if self.standing.late:
            return Said({**now, "eta_line": late}, after, late)
        known = {
            "eta_label": self._say(label),
            "eta_date": at["date"],
            "eta_time": at["time"],
            "eta_zone": f"({at['zone']})",
            "eta_iso": at["iso"],
        }
        return Said(
            {**now, **known},
            (*after, (eta, {**_NO_MOMENT, "eta_line": late})),
            self._say(line, moment=at["text"]),
        )

    def _at(self, sentence: Text, at: datetime | None) -> str:
        return self._say(sentence, moment=self._moment(at)["text"]) if at else ""

    def _moment(self, at: datetime) -> Strings:
        return self.speaker.moment(at, self.zone)

    def _say(self, text: Text, **values: Sayable) -> str:
        return self.speaker.say(text, **values)
