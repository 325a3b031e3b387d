"""The words and the small types that every part of a manifest is made of."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from emporion.kernel.names import NameUnreadable, written


def _readable(text: str) -> str:
    try:
        return written(text, longest=len(text))
    except NameUnreadable as error:
        raise ValueError(error.message) from error


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=160, strip_whitespace=True), AfterValidator(_readable)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True), AfterValidator(_readable)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000, strip_whitespace=True)]
AssetPath = Annotated[str, StringConstraints(pattern=r"^assets/[A-Za-z0-9._-]+\.(svg|png|webp|mp4|webm|vtt)$")]
Price = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]
OverageRate = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=12)]


class Category(StrEnum):
    """The four categories of the marketplace."""

    AGENTS = "agents"
    APPS = "apps"
    ASSISTANTS = "assistants"
    AUTOMATIONS = "automations"


class Hue(StrEnum):
    """The seven hues that a mark can stand on."""

    AEGEAN = "aegean"
    TERRA = "terra"
    OLIVE = "olive"
    HONEY = "honey"
    BRICK = "brick"
    PLUM = "plum"
    STONE = "stone"


class Metric(StrEnum):
    """What the platform counts: answered questions, completed runs of an automation, and events of measured websites."""

    CALLS = "calls"
    RUNS = "runs"
    EVENTS = "events"


class Tool(StrEnum):
    """What a hosted agent may do besides talking; nothing that is not listed is ever granted."""

    SEARCH_KNOWLEDGE = "search_knowledge"


class AutomationKind(StrEnum):
    """The scheduled automations that this product runs."""

    WEBSITE_WATCH = "website_watch"
    WEEKLY_DIGEST = "weekly_digest"
    SOURCE_REFRESH = "source_refresh"
    LINK_CHECK = "link_check"


class AppKind(StrEnum):
    """The apps: two stand behind single sign-on, Insights and Nexus are part of the person's own pages."""

    NOTES = "notes"
    STATUS = "status"
    INSIGHTS = "insights"
    NEXUS = "nexus"


class Part(BaseModel):
    """Strict and frozen: an unknown key or another type is an error, not a guess."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
