"""Writes a new site that works at once: settings, neutral words, what publishes it.

Nothing is ever overwritten. The settings come last, so that a site which has them is
complete; after a kill, the same command writes what is missing, and later on what an
owner's own settings have made possible: a form that moves names, once there is a
``[[dns]]`` table.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import evolve

from fallback.actions.site import kinds
from fallback.actions.starting.begun import InitResult
from fallback.core.config import FILE_NAME, Config, Contact
from fallback.core.errors import ConfigError, FallbackError, UsageError
from fallback.core.settings.toml import parse
from fallback.core.text import T
from fallback.core.wizard.forms import BLANK, FORMS, UNKNOWN, Tongue, forms, tied
from fallback.core.wizard.starter import FOLDERS, READY, Answers, settings
from fallback.page.content.names import ROBOTS
from fallback.page.sheets.kit import CARD_FILE, KIT_FILE
from fallback.wire import durable, git, provenance, shipped

TEMPLATES = "content/templates"
OTHERWISE = "en"
"""The language of a page for whose own language there are no ready words."""
FIRST_WORDS = "outage"
"""The template that says, without claiming anything, what is being told about."""

_IGNORED = "".join(
    (
        *(f"/{name}/\n" for name in (".fallback", "public", *FOLDERS)),
        *(f"/{name}\n" for name in (CARD_FILE, KIT_FILE)),
    )
)


def init(
    folder: Path,
    answers: Answers,
    *,
    robots: bytes = b"",
    tongue: Tongue | None = None,
) -> InitResult:
    """Write a site for *answers* into *folder*; *robots* are the living shop's rules.

    The forms of a CI service speak the owner's *tongue*.

    A shop that speaks no language with ready words speaks English too: what is written
    in one language is never passed off as another.

    Raises ``UsageError`` when an answer cannot be used, or when *folder* holds the
    settings of another site; then nothing is written.
    """
    root = folder.absolute()
    spoken = tuple(each for each in answers.languages if each in READY)
    if not spoken:
        spoken = (OTHERWISE,)
        answers = evolve(answers, languages=(*answers.languages, OTHERWISE))
    text = settings(_reference(), answers)
    config = _judged(text, root)
    config = _same_site(root, answers) or config
    files = {
        **_words(spoken),
        **_publishing(config, tongue, git.branch(root) or "main"),
        **({ROBOTS: robots} if robots else {}),
        ".gitignore": _IGNORED.encode(),
        FILE_NAME: text.encode(),
    }
    written, kept = _written(root, files)
    return InitResult(
        root,
        str(folder),
        tuple(written),
        tuple(kept),
        tuple(each for each in answers.languages if each not in spoken),
        spoken,
        answers,
        rootless=tuple(n for n in FORMS if n in written and BLANK.encode() in files[n]),
        tied=tied(config),
    )


def _written(root: Path, files: Mapping[str, bytes]) -> tuple[list[str], list[str]]:
    """Write those of *files* that are not there; return their names, and the others'.

    Raises ``FallbackError`` when one cannot be written.
    """
    written, kept = [], []
    for name, body in files.items():
        try:
            durable.create(root / name, body)
        except FileExistsError:
            kept.append(name)
        except OSError as error:
            raise FallbackError(
                T("{file} cannot be written: {why}",
                  file=str(root / name), why=str(error.strerror)),
                next=T("make room or choose another folder, and run it again"),
            ) from error  # fmt: skip
        else:
            written.append(name)
    return written, kept


def _reference() -> str:
    return (shipped.starter() / FILE_NAME).read_text("utf-8")


def _same_site(root: Path, answers: Answers) -> Config | None:
    """Return the settings in *root*, the site of *answers*; ``None`` without any.

    Raises ``UsageError`` when other ones stand there. What a shop shows from day to day
    makes no other site of it, nor does what an owner has changed since.
    """
    path = root / FILE_NAME
    try:
        there = parse(path.read_bytes().decode("utf-8", "replace"), kinds(), root)
    except FileNotFoundError:
        return None
    except ConfigError:
        pass  # said by every other command
    else:
        has = (there.shop.url, there.shop.name, *_reached(there.contact))
        if has == (answers.url, answers.name, *_reached(answers)):
            return there
    raise UsageError(
        T("{file} is there already, and is never overwritten", file=str(path)),
        customers_see=T("no change: nothing was written"),
        next=T("name another folder: fallback init DIR"),
    )


def _reached(site: Contact | Answers) -> tuple[str, str]:
    return site.email, site.phone


def _judged(text: str, root: Path) -> Config:
    try:
        return parse(text, kinds(), root)
    except ConfigError as error:
        first = error.problems[0]
        raise UsageError(
            T("no site was written: {what}", what=first.what),
            next=first.remedy or T("give another answer"),
        ) from error


def _words(languages: Sequence[str]) -> dict[str, bytes]:
    """Return the first words and every template in *languages*, by path.

    The example's own outage is a story of its own: a new site begins with the ready
    words, which claim nothing, and with every template to choose from.
    """
    folder = shipped.starter() / TEMPLATES
    found: dict[str, bytes] = {}
    for path in sorted(folder.glob("*.md")):
        stem, _, language = path.name.removesuffix(".md").rpartition(".")
        if language in languages:
            folders = [TEMPLATES, "content"] if stem == FIRST_WORDS else [TEMPLATES]
            body = path.read_bytes()
            found |= {f"{each}/{path.name}": body for each in folders}
    return found


def _publishing(config: Config, tongue: Tongue | None, branch: str) -> dict[str, bytes]:
    """Return what publishes a site that is kept in git, made of our own files."""
    texts = {name: (shipped.starter() / name).read_text("utf-8") for name in FORMS}
    made = forms(texts, provenance.program() or UNKNOWN, config, tongue, branch)
    return {name: text.encode() for name, text in made.items()}
