"""Decisions about answers, personas and looks; nothing here reads or writes."""

import re
from datetime import datetime, timedelta

from emporion.agents.knowledge.core import HEADING_SEPARATOR
from emporion.agents.runtime.errors import ColourRefused, PersonaIncomplete, QuestionEmpty, QuestionTooLong
from emporion.agents.runtime.types import MessageState, Mode, Persona
from emporion.kernel.names import readable, written

LONGEST_QUESTION = 4000
LONGEST_PLACE = 120
STALE_AFTER = timedelta(seconds=20)
PERSON_AFTER_UNANSWERED = 2
_NO_ANSWERS = frozenset({Mode.AWAY, Mode.PERSON, Mode.COURTESY})
_CELLS = re.compile(r"^[^\s:;.!?][^:;.!?]{0,39}: .*; [^:;.!?]{1,40}: ")  # of the row of a table
_SPEAK = re.compile(
    r"\b(?:talk|speak|chat|connect|contact|reach|sprech\w*|reden|verbind\w*|hablar|contactar|parler|joindre|parlare|praten|spreken"
    r"|falar)\b",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\b(?:humans?|person|someone|somebody|operator|representative|colleague|staff|mensch\w*|mitarbeiter\w*|jemand\w*|persona"
    r"|humano|alguien|humain|personne|quelqu|umano|qualcuno|mens|iemand|medewerker|pessoa|alguém)\b",
    re.IGNORECASE,
)
DEMO_LIFE = timedelta(hours=24)
READABLE_CONTRAST = 4.5
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def question_of(text: str) -> str:
    """The words of a visitor, trimmed; refused when there are none or too many."""
    text = text.replace("\x00", "").strip()
    if not text:
        raise QuestionEmpty(field="text")
    if len(text) > LONGEST_QUESTION:
        raise QuestionTooLong(field="text", limit=LONGEST_QUESTION)
    return text


def place_of(title: str, heading: str) -> str:
    """The name of a place in the sources on one line: title and headings, no title twice, cut where it is overlong."""
    whole = title + HEADING_SEPARATOR + heading if heading else title
    name = readable(heading if f"{heading}{HEADING_SEPARATOR}".startswith(title + HEADING_SEPARATOR) else whole)
    return name if len(name) <= LONGEST_PLACE else name[: LONGEST_PLACE - 1].rstrip() + "…"


def as_quoted(words: str) -> str:
    """A quotation inside of something else: one paragraph between marks, several or the rows of a table as they stand."""
    words = words.strip()
    return words if "\n" in words or _CELLS.search(words) else f"“{words}”"


def state_now(state: str, touched_at: datetime, now: datetime, *, is_orphan: bool) -> MessageState:
    """The state of an answer as a reader should see it: one whose writer is gone, or that nobody touches, was interrupted."""
    if state == MessageState.WRITING and (is_orphan or now - touched_at > STALE_AFTER):
        return MessageState.INTERRUPTED
    return MessageState(state)


def checked_persona(persona: Persona) -> Persona:
    """The persona with trimmed words; refused without a name."""
    name = written(persona.name, longest=len(persona.name))
    if not name or len(name) > 80:
        raise PersonaIncomplete(field="name")
    language = persona.language.strip().lower() or "en"
    return Persona(
        name=name, tone=" ".join(persona.tone.split())[:200] or "friendly", language=language, rules=persona.rules.strip()[:8000]
    )


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` (WCAG 2.2)."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Contrast of two colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def ink_on(colour: str) -> str:
    """Black or white, whichever reads better upon a colour."""
    return max(("#ffffff", "#1a1a1a"), key=lambda ink: contrast(ink, colour))


def is_colour(text: str) -> bool:
    """Whether a text is `#rrggbb`."""
    return _COLOUR.fullmatch(text) is not None


def checked_colour(colour: str) -> str:
    """A colour that is one and that stands out from white, where visitors see it; otherwise what to do about it."""
    colour = colour.strip().lower()
    if not _COLOUR.fullmatch(colour):
        raise ColourRefused(next_step="Write a colour such as #005f62: a number sign and six digits 0-9 or a-f.", field="colour")
    against_white = contrast(colour, "#ffffff")
    if against_white < READABLE_CONTRAST:
        raise ColourRefused(
            f"This colour is too light: its contrast with white is {against_white:.1f} to 1.",
            next_step=f"Choose a darker one with at least {READABLE_CONTRAST} to 1, for example {darker(colour)}.",
            field="colour",
            contrast=round(against_white, 2),
        )
    return colour


def darker(colour: str) -> str:
    """The nearest shade of a colour that can be read on white."""
    channels = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    shade = colour
    for step in range(100, 0, -1):
        shade = "#" + "".join(f"{channel * step // 100:02x}" for channel in channels)
        if contrast(shade, "#ffffff") >= READABLE_CONTRAST:
            return shade
    return shade


def suggestions_of(text: str) -> tuple[str, ...]:
    """Up to six suggested questions, one a line."""
    lines = (" ".join(line.split())[:120] for line in text.splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))[:6]


def logo_type(content: bytes) -> str | None:
    """The media type of a picture that we show, told by its first bytes."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def may_be_rated(mode: str) -> bool:
    """Whether an answer that came about so answers a question, so that its reader is asked if it helped."""
    return mode not in _NO_ANSWERS


def offers_person_after(unanswered: int) -> bool:
    """Whether so many questions in a row without an answer are enough to offer a person; one may be a slip of the pen."""
    return unanswered >= PERSON_AFTER_UNANSWERED


def asks_for_person(question: str) -> bool:
    """Whether a visitor asks for a person outright."""
    return bool(_SPEAK.search(question) and _PERSON.search(question))
