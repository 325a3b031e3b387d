"""What is said about agents at work: the agent, its looks, its conversations, and the events of an answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from emporion.kernel.errors import DomainError


class Channel(StrEnum):
    """Where a conversation takes place."""

    TEST = "test"
    PREVIEW = "preview"
    DEMO = "demo"
    WIDGET = "widget"
    API = "api"
    OPENAI = "openai"
    MCP = "mcp"
    AUTOMATION = "automation"


UNMETERED = frozenset({Channel.PREVIEW, Channel.DEMO})
OWN_TEAM = frozenset({Channel.TEST, Channel.PREVIEW})
# Where an offer of a person can be shown.
REACHES_PERSON = frozenset({Channel.TEST, Channel.PREVIEW, Channel.WIDGET, Channel.API, Channel.MCP})


class Speaker(StrEnum):
    """Who says a message; a notice tells both sides what happened in the conversation, such as that a person came."""

    VISITOR = "visitor"
    AGENT = "agent"
    PERSON = "person"
    NOTICE = "notice"


class MessageState(StrEnum):
    """How far an answer is; `interrupted` can be retried."""

    WRITING = "writing"
    DONE = "done"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


class Mode(StrEnum):
    """How an answer came about."""

    QUOTED = "quoted"
    MODEL = "model"
    FALLBACK = "fallback"
    UNKNOWN = "unknown"
    AVOIDED = "avoided"
    AWAY = "away"
    PERSON = "person"
    REFUSED = "refused"
    COURTESY = "courtesy"


class HandoverState(StrEnum):
    """Whether a person is asked for, talks, or is done."""

    WAITING = "waiting"
    LIVE = "live"
    CLOSED = "closed"


# --- blueprint: what a seller publishes -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """How an agent presents itself and behaves; `tone` is one of `prompt.TONES` or words of its own, `rules` one rule a line."""

    name: str
    tone: str = "friendly"
    language: str = "en"
    rules: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeFile:
    """A file of a blueprint's knowledge."""

    name: str
    content: bytes


class KnowledgeIsFor(StrEnum):
    """Who is answered from what a seller delivers: every buyer, or only strangers who try the demo."""

    BUYERS = "buyers"
    DEMO = "demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlueprintSpec:
    """What a manifest says about an agent; `offering_id` is that of the product, `metric` what one answer counts as."""

    offering_id: UUID
    slug: str
    name: str
    provider_name: str
    persona: Persona
    category: str = "agents"
    icon: str = "bot"
    metric: str = "calls"
    instructions: str = ""
    welcome: str = ""
    starters: tuple[str, ...] = ()
    cover: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    avoid_message: str = ""
    pairs: tuple[tuple[str, str], ...] = ()
    tools: tuple[str, ...] = ()
    offers_person: bool = True
    handover_message: str = ""
    knowledge_is_for: KnowledgeIsFor = KnowledgeIsFor.BUYERS
    has_demo: bool = True
    demo_about: str = ""
    demo_limit: int = 20
    knowledge: tuple[KnowledgeFile, ...] = ()


# --- the agent, as its owner sees it --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    """One bought agent."""

    id: UUID
    subscription_id: UUID | None
    organisation_id: UUID | None
    project_id: UUID | None
    name: str
    slug: str
    icon: str
    category: str
    provider_name: str
    metric: str
    is_answering: bool
    only_from_sources: bool
    offers_person: bool
    is_set_up: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonaVersionView:
    """A saved persona with its number and author."""

    number: int
    persona: Persona
    language_name: str
    author_name: str
    created_at: datetime
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandingView:
    """How the agent looks to a visitor; colours are `#rrggbb`, `ink` the readable colour upon `colour`.

    `suggestions` are those that visitors see: `own_suggestions`, the owner's, else some from what the agent has read.
    """

    colour: str
    ink: str
    contrast: float
    has_logo: bool
    logo_version: int
    welcome: str
    suggestions: tuple[str, ...]
    own_suggestions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationView:
    """A source that an answer stands on, as it was when it was quoted; `text[start:end]` are the words that were quoted."""

    number: int
    title: str
    heading: str
    text: str
    start: int
    end: int
    is_pair: bool
    source_id: UUID | None
    document_id: UUID | None
    entry_id: UUID | None
    position: int
    passage_count: int
    read_at: datetime | None
    is_cited: bool

    @property
    def before(self) -> str:
        """What stands before the quoted words."""
        return self.text[: self.start]

    @property
    def lit(self) -> str:
        """The quoted words."""
        return self.text[self.start : self.end]

    @property
    def after(self) -> str:
        """What stands after the quoted words."""
        return self.text[self.end :]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """One message; `reply_to` names the visitor's message that an answer answers."""

    id: UUID
    speaker: Speaker
    author_name: str
    text: str
    state: MessageState
    mode: str
    note: str
    is_answered: bool | None
    feedback: str
    citations: tuple[CitationView, ...]
    reply_to: UUID | None
    created_at: datetime
    total_ms: int | None

    @property
    def cited(self) -> tuple[CitationView, ...]:
        """The sources that the text refers to."""
        return tuple(citation for citation in self.citations if citation.is_cited)

    @property
    def closest(self) -> CitationView | None:
        """The place that a refusal names as the closest to the question; it is no source of an answer."""
        return self.citations[0] if self.citations and self.text and self.mode == Mode.UNKNOWN else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationView:
    """A conversation with its messages, oldest first."""

    id: UUID
    agent_id: UUID
    agent_name: str
    channel: Channel
    customer_id: str
    started_at: datetime
    last_at: datetime
    handover: HandoverState | None
    handled_by: str
    messages: tuple[MessageView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxItem:
    """A conversation that asks for a person or has one."""

    conversation_id: UUID
    agent_id: UUID
    agent_name: str
    channel: Channel
    customer_id: str
    state: HandoverState
    reason: str
    last_text: str
    requested_at: datetime
    handled_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A question that the agent could not answer, and how often it was asked."""

    question: str
    count: int
    last_at: datetime
    message_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One line of what happened to an agent lately."""

    icon: str
    tone: str
    text: str
    at: datetime
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFigures:
    """Counts of one agent in a period, all from its own messages; shares are 0 to 1, None without data."""

    conversations: int
    conversations_before: int
    answers: int
    from_sources: float | None
    from_sources_before: float | None
    helpful: float | None
    ratings: int
    first_words_ms: int | None
    first_words_95_ms: int | None
    calls_by_day: tuple[tuple[datetime, int], ...]


# --- one turn of a conversation -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Something a visitor says to an agent.

    `key` makes a repeated request harmless: the same key in the same conversation gives the answer already made.
    `retry_of` names an interrupted answer that is to be written again. `persona` overrides the saved one (preview).
    `may_begin` lets the conversation of a derived id begin with this turn, so that a message sent twice begins one only.
    `history`, where given, is what the caller says went before, instead of what is stored (programs that keep it themselves).
    """

    agent_id: UUID
    text: str
    channel: Channel
    conversation_id: UUID | None = None
    customer_id: str = ""
    page_url: str = ""
    key: str = ""
    retry_of: UUID | None = None
    persona: Persona | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    history: tuple[tuple[Speaker, str], ...] | None = None
    may_begin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why there is no answer, and the next step."""

    kind: str
    message: str
    next_step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The visitor's message is stored; an answer is being made under `message_id`."""

    conversation_id: UUID
    message_id: UUID
    visitor_message_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesFound:
    """The only sources that the answer may cite, numbered from 1; a refusal has none, and may name the `closest` place as 1."""

    citations: tuple[CitationView, ...]
    closest: CitationView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """The next piece of the answer's text (Markdown; `[1]` refers to a source)."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The answer is stored as `text`, which is final even where it differs from the deltas."""

    message_id: UUID
    answered: bool
    mode: Mode
    text: str
    cited: tuple[int, ...] = ()
    note: str = ""
    offers_person: bool = False
    is_with_person: bool = False
    may_be_rated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """There is no answer; the visitor's message is kept where `message_id` is given, else `refusal` says why it was not taken."""

    problem: Problem
    message_id: UUID | None = None
    refusal: DomainError | None = None


AnswerEvent = Started | SourcesFound | Delta | Finished | Failed
