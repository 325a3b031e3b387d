"""How an offering reaches its buyer: hosted here, run on a schedule, or opened as an app."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from emporion.market.manifest.words import AppKind, AutomationKind, Line, Part, Short, Text, Tool


class QuestionPart(Part):
    """A question with its answer."""

    question: Line
    answer: Text


class PersonaPart(Part):
    """How a hosted agent presents itself."""

    name: Short
    tone: Short
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")] = "en"
    rules: tuple[Line, ...] = ()


class HandoverPart(Part):
    """Whether a visitor can ask for a person, and what is said then; without a message it is said in their language."""

    enabled: bool = True
    message: Line | None = None


class TopicsPart(Part):
    """What to talk about, and what to leave alone."""

    cover: tuple[Line, ...] = ()
    avoid: tuple[Line, ...] = ()
    avoid_message: Line | None = None


class HostedDelivery(Part):
    """An agent or assistant that runs here: instructions, knowledge, tools."""

    kind: Literal["hosted"]
    instructions: Text
    welcome: Line
    persona: PersonaPart
    topics: TopicsPart = TopicsPart()
    handover: HandoverPart = HandoverPart(enabled=False)
    tools: tuple[Tool, ...] = (Tool.SEARCH_KNOWLEDGE,)
    starter_questions: Annotated[tuple[Line, ...], Field(min_length=1, max_length=6)]
    questions: tuple[QuestionPart, ...] = ()
    knowledge_is_for: Literal["buyers", "demo"] = "buyers"


class InputPart(Part):
    """What the buyer fills in before the first run."""

    key: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
    label: Short
    type: Literal["url", "email", "text", "number", "agent"]
    required: bool = True
    default: Line | None = None
    help: Line | None = None


class AutomationDelivery(Part):
    """A task that runs on a schedule; the buyer may change the schedule."""

    kind: Literal["automation"]
    automation: AutomationKind
    schedule: Annotated[
        str,
        StringConstraints(
            pattern=r"^(hourly|daily ([01]\d|2[0-3]):[0-5]\d|weekly (mon|tue|wed|thu|fri|sat|sun) ([01]\d|2[0-3]):[0-5]\d)$"
        ),
    ]
    inputs: tuple[InputPart, ...] = ()


class AppDelivery(Part):
    """An app that opens with the buyer's single sign-on."""

    kind: Literal["app"]
    app: AppKind
    launch_url: Annotated[str, StringConstraints(pattern=r"^(/|https://)")]
    scopes: tuple[Literal["openid", "profile", "email", "organisation"], ...] = ("openid", "profile", "email")


Delivery = Annotated[HostedDelivery | AutomationDelivery | AppDelivery, Field(discriminator="kind")]
