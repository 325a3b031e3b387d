"""Whether the shown likelihood of a purchase is what happens, on websites whose truth is known.

Made visits have goals, pages, sources and devices that each change the true chance of a purchase, which also drifts by the week.
What counts is what would have been shown of the newest fifth of the visits, which had no part in the rating; one point is
allowed beside what chance alone makes of so few buyers.
"""

import math
import random
import time
from datetime import UTC, datetime, timedelta

from bench.harness import Figure
from emporion.insights.intent import fitting, rules
from emporion.insights.intent.types import Example, Fitted, Seen

TITLE = "Likelihood of a purchase, against known truth"
VISITS = 40_000
WEBSITES = (("one in a hundred buys", -5.6, 1), ("one in twenty buys", -3.9, 2), ("one in twenty buys, 3,000 visits", -3.9, 3))
SMALL = 3_000
_START = datetime(2026, 8, 1, tzinfo=UTC)


def measure() -> list[Figure]:
    """Calibration, and how well buyers are told from others, on each made website."""
    figures = []
    for name, base, seed in WEBSITES:
        count = SMALL if "3,000" in name else VISITS
        dice = random.Random(seed)
        made = [_visit(dice, base, number, count) for number in range(count)]
        began = time.process_time()
        fitted = fitting.fit([example for example, _chance in made])
        seconds = time.process_time() - began
        if fitted is None:
            raise RuntimeError("too few purchases were made up")
        figures += _figures(name, fitted, made[int(count * 0.8) :], f"{count:,} visits, seed {seed}, learnt in {seconds:.1f} s")
    return figures


def _visit(dice: random.Random, base: float, number: int, count: int) -> tuple[Example, float]:
    """A visit as far as somebody watches it, and its true chance."""
    has_tried, has_seen_prices, is_back = dice.random() < 0.08, dice.random() < 0.3, dice.random() < 0.25
    channel = dice.choice(("Direct", "Organic search", "Paid search", "Social"))
    device = dice.choice(("desktop", "desktop", "mobile"))
    rating = base + 2.2 * has_tried + 1.1 * has_seen_prices + 0.8 * is_back
    rating += {"Direct": 0.3, "Social": -0.6}.get(channel, 0.0) - 0.5 * (device == "mobile")
    rating += 0.2 * math.sin(number / count * 6.0)
    chance = 1 / (1 + math.exp(-rating))
    pages = ("/", *(("/pricing",) if has_seen_prices else ()), *(f"/blog/{dice.randrange(40)}" for _ in range(dice.randrange(4))))
    seen = Seen(
        pages=pages,
        goals=("trial",) if has_tried else (),
        seconds=dice.randrange(600),
        number=2 if is_back else 1,
        channel=channel,
        device=device,
        country=dice.choice(("DE", "FR", "US")),
    )
    at = _START + timedelta(minutes=number * 90 * 1_440 / count)
    return Example(at=at, seen=seen, has_bought=dice.random() < chance), chance


def _figures(name: str, fitted: Fitted, newest: list[tuple[Example, float]], how: str) -> list[Figure]:
    shown = [rules.band_of(fitted, rules.score(fitted, rules.marks_of(example.seen))).share for example, _chance in newest]
    average = sum(chance for _example, chance in newest) / len(newest)
    off = sum(abs(share - chance) for share, (_example, chance) in zip(shown, newest, strict=True)) / len(newest)
    ranked = _ranked([rules.score(fitted, rules.marks_of(example.seen)) for example, _chance in newest], newest)
    best = _ranked([chance for _example, chance in newest], newest)
    return [
        _figure(
            f"{name}: what was shown of later visits and what they did", 100 * fitted.error, 1.0 + _luck(fitted), "points", how
        ),
        _figure(
            f"{name}: a visit's shown share and its true one", 100 * off, 100 * average, "points", f"{how}; average {average:.2%}"
        ),
        Figure(
            name=f"{name}: buyers told from others (area under the curve)",
            value=round(ranked, 3),
            unit="",
            due=round(0.95 * best, 3),
            at_least=True,
            compared_with=f"who knew the true chances would reach {best:.3f}",
            conditions=how,
        ),
    ]


def _luck(fitted: Fitted) -> float:
    """By how many points the shown shares would be off by chance alone, were they the true ones."""
    spread = sum(math.sqrt(band.checked_visits * band.share * (1 - band.share)) for band in fitted.bands)
    return 100 * 0.8 * spread / sum(band.checked_visits for band in fitted.bands)


def _ranked(ratings: list[float], newest: list[tuple[Example, float]]) -> float:
    """How often a buyer is rated above somebody who is none."""
    order = sorted(zip(ratings, (example.has_bought for example, _chance in newest), strict=True))
    buyers = sum(bought for _rating, bought in order)
    places = sum(place for place, (_rating, bought) in enumerate(order, start=1) if bought)
    return (places - buyers * (buyers + 1) / 2) / (buyers * (len(order) - buyers))


def _figure(name: str, value: float, due: float, unit: str, how: str) -> Figure:
    return Figure(
        name=name,
        value=round(value, 2),
        unit=unit,
        due=round(due, 2),
        at_least=False,
        compared_with="our promise",
        conditions=how,
    )
