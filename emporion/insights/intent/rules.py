"""What a visit shows, what that is worth, and what people want to hear of; the caller brings what is known."""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from emporion.insights.intent.types import Band, Estimate, Fitted, Likelihood, Mark, Occasion, Seen, Trait, Wishes
from emporion.insights.reports.types import JourneyStep, Session

MOST_MARKS = 3
RATING_DIGITS = 6
# An effect smaller than this is noise to a reader.
_WORTH_SAYING = 1.15
_PAGES = ((9, "9+"), (5, "5–8"), (3, "3–4"), (2, "2"), (0, "1"))
_VISITS = ((6, "6+"), (3, "3–5"), (2, "2"), (0, "1"))
_MINUTES = ((10, "10+"), (3, "3–10"), (1, "1–3"), (0, "0–1"))


def seen_of(visit: Session, steps: Iterable[JourneyStep], *, is_customer: bool = False) -> Seen:
    """A visit as far as these steps of it go."""
    known = tuple(steps)
    return Seen(
        pages=tuple(step.path for step in known if step.kind == "pageview"),
        goals=tuple(step.name for step in known if step.kind == "goal"),
        seconds=int((known[-1].at - visit.started_at).total_seconds()) if known else 0,
        number=visit.number,
        channel=visit.channel,
        device=visit.device,
        country=visit.country,
        is_customer=is_customer,
    )


def beginnings(visits: Iterable[Session]) -> Mapping[UUID, datetime]:
    """When the visit began that is rated, the first of each visitor: a purchase of the visit itself makes no known customer."""
    found: dict[UUID, datetime] = {}
    for visit in visits:
        found.setdefault(visit.visitor_id, visit.started_at)
    return found


def marks_of(seen: Seen) -> frozenset[str]:
    """Everything about a visit that may count, as `trait:value`."""
    found = {
        f"{Trait.PAGES}:{_step(_PAGES, len(seen.pages))}",
        f"{Trait.VISIT}:{_step(_VISITS, seen.number)}",
        f"{Trait.MINUTES}:{_step(_MINUTES, seen.seconds / 60)}",
        *(f"{Trait.PAGE}:{path}" for path in seen.pages),
        *(f"{Trait.GOAL}:{name}" for name in seen.goals),
        *(
            f"{trait}:{value}"
            for trait, value in ((Trait.CHANNEL, seen.channel), (Trait.DEVICE, seen.device), (Trait.COUNTRY, seen.country))
            if value
        ),
    }
    return frozenset(found | {f"{Trait.CUSTOMER}:yes"} if seen.is_customer else found)


def likelihood(estimate: Estimate, seen: Seen) -> Likelihood | None:
    """How likely this visit is to end in a purchase; `None` while too little is known."""
    if estimate.fitted is None:
        return None
    marks = marks_of(seen)
    band = band_of(estimate.fitted, score(estimate.fitted, marks))
    return Likelihood(
        share=band.share,
        average=estimate.average,
        visits=band.visits,
        buyers=band.buyers,
        rank=band.rank,
        marks=_telling(estimate.fitted, marks),
    )


def score(fitted: Fitted, marks: Iterable[str]) -> float:
    """The logarithm of the odds, before it is compared with what happened."""
    return round(fitted.base + sum(fitted.weights.get(mark, 0.0) for mark in marks), RATING_DIGITS)


def band_of(fitted: Fitted, rating: float) -> Band:
    """The visits that were rated alike."""
    return next((band for band in reversed(fitted.bands) if rating >= band.least), fitted.bands[0])


def strongest(fitted: Fitted, *, is_raising: bool, most: int) -> tuple[Mark, ...]:
    """What raises the odds most, or lowers them most."""
    marks = [mark_of(name, weight) for name, weight in fitted.weights.items() if (weight > 0) == is_raising]
    telling = [mark for mark in marks if max(mark.odds, 1 / mark.odds) >= _WORTH_SAYING]
    return tuple(sorted(telling, key=lambda mark: mark.odds, reverse=is_raising)[:most])


def mark_of(name: str, weight: float) -> Mark:
    """A mark out of its name."""
    trait, _colon, value = name.partition(":")
    return Mark(trait=Trait(trait), value=value, odds=math.exp(weight))


def occasion_of(wishes: Wishes, seen: Seen, *, paid_minor: int, likely: Likelihood | None) -> Occasion | None:
    """Whether people want to hear of this visit: of money that came before, then of what is likely, then of a goal."""
    if wishes.customers and paid_minor > 0 and paid_minor >= wishes.paid_minor:
        return Occasion.CUSTOMER
    if wishes.likely and likely is not None and likely.share * 100 >= wishes.likely_percent:
        return Occasion.LIKELY
    return Occasion.GOAL if set(wishes.goals) & set(seen.goals) else None


def _telling(fitted: Fitted, marks: Iterable[str]) -> tuple[Mark, ...]:
    """What of this visit speaks loudest for a purchase."""
    found = [mark_of(name, fitted.weights[name]) for name in marks if name in fitted.weights]
    raising = [mark for mark in found if mark.odds >= _WORTH_SAYING]
    return tuple(sorted(raising, key=lambda mark: (-mark.odds, mark.value))[:MOST_MARKS])


def _step(steps: tuple[tuple[int, str], ...], value: float) -> str:
    return next(name for least, name in steps if value >= least)
