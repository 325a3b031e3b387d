"""Many offerings that nobody has to write: for search, facets, pages of results and speed."""

import random
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from emporion.market import index
from emporion.market.models import Offering, Provider, SearchDocument

TOPICS = (
    "Invoice",
    "Contract",
    "Travel",
    "Garden",
    "Recipe",
    "Payroll",
    "Ticket",
    "Library",
    "Weather",
    "Museum",
    "Parcel",
    "Budget",
)
JOBS = ("Reader", "Writer", "Watcher", "Planner", "Helper", "Finder", "Checker", "Sorter", "Guide", "Desk")
TAGS = ("finance", "support", "travel", "legal", "school", "health", "retail", "data", "mail", "reports", "writing", "planning")
CATEGORIES = ("agents", "apps", "assistants", "automations")
SHAPES = (
    ("month", "under-30", 19, "subscription"),
    ("month", "30-100", 79, "subscription"),
    ("month", "over-100", 149, "subscription"),
)
OTHERS = (
    ("free", "free", 0, "free"),
    ("unit", "under-30", "0.02", "usage"),
    ("once", "30-100", 49, "once"),
    ("contact", "on-request", 0, "request"),
)
NOW = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def many(count: int, seed: int = 7) -> None:
    """Write this many offerings by forty providers straight into the tables."""
    chance = random.Random(seed)
    providers = Provider.objects.bulk_create(
        Provider(slug=f"provider-{number}", name=f"Provider {number}", line="Sells samples", created_at=NOW)
        for number in range(40)
    )
    offerings = Offering.objects.bulk_create(_offering(number, chance, chance.choice(providers)) for number in range(count))
    SearchDocument.objects.bulk_create(SearchDocument(offering=one, text=_words(chance)) for one in offerings)
    index.mark_changed()


def _offering(number: int, chance: random.Random, provider: Provider) -> Offering:
    kind, band, price, model = chance.choice(SHAPES + OTHERS)
    topic, job = chance.choice(TOPICS), chance.choice(JOBS)
    rated = chance.randrange(0, 60)
    return Offering(
        id=UUID(int=number + 1),
        slug=f"{topic}-{job}-{number}".lower(),
        provider=provider,
        category=chance.choice(CATEGORIES),
        name=f"{topic} {job} {number}",
        tagline=f"{job}s every {topic.lower()} that arrives and tells you what to do next with it.",
        tags=chance.sample(TAGS, 3),
        tile="docs",
        hue="aegean",
        price_kind=kind,
        price=Decimal(price),
        price_unit="call" if kind == "unit" else "",
        currency="USD",
        price_band=band,
        pricing_models=[model],
        rating_count=rated,
        rating_sum=sum(chance.randrange(2, 6) for _ in range(rated)),
        subscriber_count=chance.randrange(0, 500),
        released_on=NOW.date(),
        published_at=NOW,
        updated_at=NOW,
        is_from_folder=False,
        content_hash=str(number),
        manifest={},
    )


def _words(chance: random.Random) -> str:
    return " ".join(chance.choice(TOPICS + JOBS + TAGS) for _ in range(60))
