"""Makes an answer, event by event: store the question, look in the sources, quote or have a model write, store the answer."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from asgiref.sync import sync_to_async
from django.utils.translation import gettext as _

from emporion.agents.knowledge.finding import find, foresee, reply_to_wish
from emporion.agents.knowledge.library import Findings, Quote
from emporion.agents.knowledge.queries import avoid_message_of, topics_covered
from emporion.agents.knowledge.types import Before, Standing
from emporion.agents.runtime import desk, rules, writer
from emporion.agents.runtime.calling import way_of
from emporion.agents.runtime.desk import Opened, Outcome, Replay
from emporion.agents.runtime.errors import InstructionsLeaked, ModelAway
from emporion.agents.runtime.guards import CitationFilter, LeakGuard
from emporion.agents.runtime.prompt import NO_ANSWER, Brief, brief, secret_part
from emporion.agents.runtime.sentences import Sentence, language_of_visitor, say
from emporion.agents.runtime.tools import belt_for
from emporion.agents.runtime.types import (
    AnswerEvent,
    CitationView,
    Delta,
    Failed,
    Finished,
    MessageState,
    Mode,
    Problem,
    SourcesFound,
    Started,
    Turn,
)
from emporion.kernel.errors import DomainError
from emporion.plumbing import precedence

log = structlog.get_logger()
SAVE_EVERY_SECONDS = 2.0
THROTTLE_SECONDS = 2.0


@dataclass(slots=True)
class _Draft:
    """An answer while it is made."""

    began: float
    now: datetime
    is_whole: bool = False
    text: str = ""
    mode: Mode = Mode.UNKNOWN
    note: str = ""
    is_answered: bool = False
    wants_person: bool = False
    quotes: tuple[Quote, ...] = ()
    cited: list[int] = field(default_factory=list)
    first_words_ms: int | None = None
    saved_at: float = 0.0

    def elapsed_ms(self) -> int:
        """Milliseconds since the question came."""
        return int((time.monotonic() - self.began) * 1000)

    def clock(self) -> datetime:
        """The present instant by the clock that was passed in."""
        return self.now + timedelta(milliseconds=self.elapsed_ms())

    def add(self, text: str) -> Delta:
        """Append a piece."""
        if self.first_words_ms is None:
            self.first_words_ms = self.elapsed_ms()
        self.text += text
        return Delta(text=text)

    def say(self, text: str, mode: Mode, *, answered: bool, note: str = "") -> None:
        """Settle on a text, whatever was written before."""
        self.text, self.mode, self.is_answered, self.note = text, mode, answered, note

    def outcome(self, state: MessageState) -> Outcome:
        """What to store."""
        return Outcome(
            state=state,
            mode=self.mode,
            text=self.text,
            is_answered=self.is_answered,
            note=self.note,
            quotes=self.quotes,
            cited=tuple(self.cited),
            first_words_ms=self.first_words_ms,
            total_ms=self.elapsed_ms(),
        )


async def answer(*, turn: Turn, now: datetime, is_whole: bool = False) -> AsyncGenerator[AnswerEvent]:
    """The events of one answer; `is_whole` where nothing is told before its end, so that its storing steps aside for nobody.

    `Started` comes after the visitor's message is stored, `Finished` after the answer is. Whoever stops reading stops the
    answer: what was written is kept and marked as stopped. A killed process leaves an answer that can be retried.
    """
    draft = _Draft(began=time.monotonic(), now=now, is_whole=is_whole)
    try:
        with precedence.ahead():
            foresee(turn.text)
            opened = await sync_to_async(desk.open_turn)(turn, now=now)
    except DomainError as error:
        yield Failed(problem=Problem(kind=error.kind, message=error.message, next_step=error.step), refusal=error)
        return
    yield Started(
        conversation_id=opened.conversation_id, message_id=opened.message_id, visitor_message_id=opened.visitor_message_id
    )
    if isinstance(opened, Replay):
        for event in await _stored(opened):
            yield event
        return
    async for event in _made(opened, draft):
        yield event


async def _made(opened: Opened, draft: _Draft) -> AsyncIterator[AnswerEvent]:
    try:
        async for event in _composed(opened, draft):
            yield event
            await _save_now_and_then(opened, draft)
    except (asyncio.CancelledError, GeneratorExit):
        draft.is_answered = bool(draft.cited)
        await asyncio.shield(_close(opened, draft, MessageState.STOPPED))
        raise
    except Exception:
        log.exception("answer_failed", message_id=str(opened.message_id))
        await _close(opened, draft, MessageState.FAILED)
        yield Failed(problem=_apology(opened), message_id=opened.message_id)
        return
    await _close(opened, draft, MessageState.DONE)
    yield Finished(
        message_id=opened.message_id,
        answered=draft.is_answered,
        mode=draft.mode,
        text=draft.text,
        cited=tuple(draft.cited),
        note=draft.note,
        offers_person=_offers_person(opened, draft),
        is_with_person=opened.is_with_person,
        may_be_rated=rules.may_be_rated(draft.mode),
    )


def _apology(opened: Opened) -> Problem:
    language = _language(opened)
    return Problem(kind="error", message=say(Sentence.FAILED, language), next_step=say(Sentence.AGAIN, language))


def _language(opened: Opened) -> str:
    return language_of_visitor(opened.previous, opened.question, persona=opened.character.persona.language)


def _offers_person(opened: Opened, draft: _Draft) -> bool:
    if opened.person is not Standing.OFFERED or opened.is_with_person:
        return False
    if draft.wants_person or rules.asks_for_person(opened.question):
        return True
    if draft.is_answered:
        return False
    if draft.mode is not Mode.UNKNOWN:  # away, refused, a topic to avoid: asking again would not help
        return True
    return rules.offers_person_after(opened.unanswered_before + 1)


async def _close(opened: Opened, draft: _Draft, state: MessageState) -> None:
    if not draft.is_whole:
        await precedence.stepped_aside()
    await sync_to_async(desk.close_turn)(opened, draft.outcome(state), now=draft.clock())


async def _save_now_and_then(opened: Opened, draft: _Draft) -> None:
    elapsed = time.monotonic()
    if draft.mode is Mode.MODEL and elapsed - draft.saved_at > SAVE_EVERY_SECONDS:
        draft.saved_at = elapsed
        await sync_to_async(desk.touch)(opened.message_id, text=draft.text, now=draft.clock())


async def _stored(replay: Replay) -> tuple[AnswerEvent, ...]:
    from emporion.agents.runtime.queries import message  # noqa: PLC0415 - queries read what we write

    view = await sync_to_async(message)(replay.message_id)
    return SourcesFound(citations=() if view.closest else view.citations, closest=view.closest), Finished(
        message_id=view.id,
        answered=bool(view.is_answered),
        mode=Mode(view.mode),
        text=view.text,
        cited=tuple(citation.number for citation in view.cited),
        note=view.note,
        may_be_rated=rules.may_be_rated(view.mode),
    )


async def _composed(opened: Opened, draft: _Draft) -> AsyncIterator[AnswerEvent]:
    if opened.is_with_person:
        draft.say("", Mode.PERSON, answered=False)
        return
    if not opened.is_answering:
        draft.say(say(Sentence.AWAY, _language(opened)), Mode.AWAY, answered=False)
        yield draft.add("")
        return
    if opened.is_throttled:
        await asyncio.sleep(THROTTLE_SECONDS)
    model = writer.configured()
    with precedence.ahead():
        findings = await _found(opened, for_model=model is not None)
    if findings.is_avoided:
        written = await sync_to_async(avoid_message_of)(opened.agent_id)
        draft.say(written or say(Sentence.AVOIDED, _language(opened)), Mode.AVOIDED, answered=False)
        yield draft.add("")
        return
    draft.wants_person = bool(findings.person_asked_in)
    reply = findings.quoted_answer if findings.is_courtesy else _said_to_wish(opened, findings)
    if reply:
        draft.say("", Mode.COURTESY, answered=True)
        yield draft.add(reply)
        return
    usable = findings.is_enough or (model is not None and _may_read(opened, findings))
    if usable and model is not None:
        async for event in _written(await _with_subjects(opened), draft, findings, model):
            yield event
        return
    for said in _quoted(draft, findings, Mode.QUOTED) if usable else _unknown(opened, draft, findings):
        yield said


def _may_read(opened: Opened, findings: Findings) -> bool:
    """Whether a model is asked though no quote is sure; not of what is meant for the person whom the visitor waits for."""
    return opened.person is not Standing.WAITING and (findings.may_be_read or not opened.character.only_from_sources)


async def _with_subjects(opened: Opened) -> Opened:
    """With the topics that the agent is there for, which only a model is told."""
    cover = await sync_to_async(topics_covered)(opened.agent_id)
    return replace(opened, character=replace(opened.character, cover=cover))


def _said_to_wish(opened: Opened, findings: Findings) -> str:
    """The reply to who asks for a person; nothing where the owner wrote one, or only documents help."""
    is_written = any(quote.is_pair for quote in findings.quotes)
    if not findings.person_asked_in or is_written or (findings.is_enough and opened.person is Standing.NOBODY):
        return ""
    return reply_to_wish(findings.person_asked_in, opened.person)


async def _found(opened: Opened, *, for_model: bool) -> Findings:
    """What the sources say to the question, with the one before it where it leans on that."""
    before = Before(question=opened.previous, quoted=opened.quoted) if opened.previous else None
    return await find(library_id=opened.agent_id, question=opened.question, for_model=for_model, before=before)


def citations_of(quotes: tuple[Quote, ...]) -> tuple[CitationView, ...]:
    """The sources of an answer, numbered from 1."""
    return tuple(
        CitationView(
            number=number,
            title=quote.title,
            heading=quote.heading,
            text=quote.text,
            start=quote.start,
            end=quote.end,
            is_pair=quote.is_pair,
            source_id=quote.source_id,
            document_id=quote.document_id,
            entry_id=quote.entry_id,
            position=quote.position,
            passage_count=0,
            read_at=None,
            is_cited=False,
        )
        for number, quote in enumerate(quotes, 1)
    )


def _unknown(opened: Opened, draft: _Draft, findings: Findings, note: str = "") -> Iterator[SourcesFound | Delta]:
    if opened.person is Standing.WAITING:  # what is said meanwhile is for that person: a place in the sources is no help
        draft.quotes, draft.cited = (), []
        draft.say("", Mode.PERSON, answered=False)
        yield draft.add(say(Sentence.WAITING, _language(opened)))
        return
    closest = findings.quotes[0] if findings.is_enough else findings.closest
    draft.quotes, draft.cited = (() if closest is None else (closest,)), []
    draft.say("", Mode.UNKNOWN, answered=False, note=note)
    said = draft.add(_refusal(closest, _language(opened)))
    yield SourcesFound(citations=(), closest=next(iter(citations_of(draft.quotes)), None))
    yield said


def _refusal(closest: Quote | None, language: str) -> str:
    """That it is not known, and what comes closest in its own words, for half of the time that is what was looked for."""
    if closest is None:
        return say(Sentence.NOTHING, language)
    place = say(Sentence.CLOSEST, language, place=rules.place_of(closest.title, closest.heading))
    words = rules.as_quoted(closest.text[closest.start : closest.end])
    return f"{say(Sentence.UNANSWERED, language)}\n\n{place}\n\n{words}"


def _quoted(draft: _Draft, findings: Findings, mode: Mode, note: str = "") -> Iterator[SourcesFound | Delta]:
    draft.quotes = findings.quotes
    draft.cited = list(range(1, len(findings.quotes) + 1))
    draft.say("", mode, answered=True, note=note)
    said = draft.add(_quotation(findings))
    yield SourcesFound(citations=citations_of(draft.quotes))
    yield said


def _quotation(findings: Findings) -> str:
    if len(findings.quotes) > 1:  # each place carries its own number
        places = (quote.text[quote.start : quote.end] for quote in findings.quotes)
        return "\n\n".join(f"{place} [{number}]" for number, place in enumerate(places, 1))
    return f"{findings.quoted_answer} [1]"


async def _written(opened: Opened, draft: _Draft, findings: Findings, model: writer.ModelSettings) -> AsyncIterator[AnswerEvent]:
    """The model's own words, guarded; whatever goes wrong, the quoted answer takes their place and says why."""
    draft.quotes, draft.mode = findings.passages, Mode.MODEL
    try:
        async for event in _words(opened, draft, findings, model):
            yield event
    except ModelAway:
        away = _("The language model does not answer right now.")
        quoted = _("The language model does not answer right now, so this is quoted from the sources.")
        for said in _instead(opened, draft, findings, quoted if findings.is_enough else away):
            yield said
        return
    except InstructionsLeaked:
        draft.quotes, draft.cited = (), []
        draft.say(say(Sentence.WITHHELD, _language(opened)), Mode.REFUSED, answered=False)
        return
    if not draft.text.strip():
        for said in _unknown(opened, draft, findings):
            yield said
    elif draft.cited or not opened.character.only_from_sources:
        draft.is_answered = True
    else:
        note = _("The language model named no source, so this is quoted instead.") if findings.is_enough else ""
        for said in _instead(opened, draft, findings, note):
            yield said


async def _words(opened: Opened, draft: _Draft, findings: Findings, model: writer.ModelSettings) -> AsyncIterator[AnswerEvent]:
    """What the model writes, and of what it read the visitor gets what it cites.

    Where no quote was sure, words wait until they name a source; those that name none are not told.
    """
    citations = citations_of(draft.quotes)
    told = brief(character=opened.character, question=opened.question, citations=citations, history=opened.history)
    waits = opened.character.only_from_sources and not findings.is_enough
    held, shown = "", 0
    async for piece in _guarded(opened, draft, told, model):
        if len(draft.cited) > shown:
            shown = len(draft.cited)
            yield SourcesFound(citations=tuple(citation for citation in citations if citation.number in draft.cited))
        held += piece
        if shown or not waits:
            yield draft.add(held)
            held = ""


def _instead(opened: Opened, draft: _Draft, findings: Findings, note: str) -> Iterator[SourcesFound | Delta]:
    draft.text = ""
    if findings.is_enough:
        return _quoted(draft, findings, Mode.FALLBACK, note)
    return _unknown(opened, draft, findings, note)


async def _guarded(opened: Opened, draft: _Draft, told: Brief, model: writer.ModelSettings) -> AsyncIterator[str]:
    citations = CitationFilter(range(1, len(draft.quotes) + 1))
    leaks = LeakGuard(secret_part(opened.character, ""), free=told.sources_text)
    held = ""
    way = await sync_to_async(way_of)(opened.agent_id, opened.conversation_id)
    belt = belt_for(opened.agent_id, opened.conversation_id)
    async for piece in writer.write(brief=told, model=model, belt=belt, way=way):
        held += leaks.feed(citations.feed(piece))
        draft.cited = citations.cited
        if leaks.leaked:
            raise InstructionsLeaked
        # The word that says "no answer" is ours, not the visitor's.
        if held and not NO_ANSWER.startswith(held.strip()) and not held.strip().startswith(NO_ANSWER):
            yield held
            held = ""
    held += leaks.feed(citations.finish()) + leaks.finish()
    if leaks.leaked:
        raise InstructionsLeaked
    if held.strip() and not held.strip().startswith(NO_ANSWER):
        yield held
