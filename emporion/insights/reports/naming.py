"""Names for people of whom no name is known, so that two in a list can be told apart; and words for places."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from babel import Locale, UnknownLocaleError

from emporion.insights.reports.types import Session, Visitor

_TONES = ("Amber", "Azure", "Coral", "Copper", "Indigo", "Ivory", "Jade", "Olive", "Rose", "Sable", "Silver", "Teal")
_BIRDS = ("Avocet", "Bittern", "Crane", "Dunlin", "Egret", "Finch", "Heron", "Ibis", "Kestrel", "Lark", "Merlin", "Wren")


def name_of(session: Session | Visitor) -> str:
    """What identify told, else a name that stays the visitor's own."""
    return session.user_ref or made_up(session.visitor_id)


def names_of(people: Sequence[Session | Visitor]) -> tuple[str, ...]:
    """The names of those who stand on one page; two who share a made-up one have a mark of their own behind it."""
    shared = Counter(made_up(visitor_id) for visitor_id in {one.visitor_id for one in people if not one.user_ref})
    return tuple(
        f"{name} {one.visitor_id.hex[-4:]}" if shared[name] > 1 and not one.user_ref else name
        for one, name in zip(people, map(name_of, people), strict=True)
    )


def made_up(visitor_id: UUID) -> str:
    """A made-up name, always the same for a visitor."""
    number = visitor_id.int % (len(_TONES) * len(_BIRDS))
    return f"{_TONES[number // len(_BIRDS)]} {_BIRDS[number % len(_BIRDS)]}"


def place_of(session: Session | Visitor, language: str) -> str:
    """City and country in the reader's language, as far as they are known."""
    try:
        territories = Locale.parse(language, sep="-").territories
    except (UnknownLocaleError, ValueError):
        territories = Locale("en").territories
    country = str(territories.get(session.country, session.country))
    return ", ".join(part for part in (session.city, country) if part)
