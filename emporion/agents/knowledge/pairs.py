"""Verbs for pairs and topics: what the owner wants said, word for word, and what is to be left alone."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from emporion.agents.knowledge import core, rules
from emporion.agents.knowledge.access import seen
from emporion.agents.knowledge.library import ImportOutcome, TopicKind
from emporion.agents.knowledge.models import Library, QuestionPair, Topic
from emporion.kernel.errors import NotFound
from emporion.plumbing.types import Actor, Permission


class PairNotFound(NotFound):
    """There is no such pair in this library."""

    title = "This pair is not here."
    next_step = "Open Training to see the agent's pairs."


def add_pair(*, library_id: UUID, question: str, answer: str, actor: Actor, now: datetime) -> UUID:
    """Teach an answer; a question that is known gets the new answer."""
    library = seen(actor, library_id, Permission.CONFIGURE)
    question, answer = rules.checked_pair(question, answer)
    embedding = core.embed([question])[0]
    with transaction.atomic():
        return _put(library, question, answer, embedding, now)[0]


def _put(library: Library, question: str, answer: str, embedding: bytes, now: datetime) -> tuple[UUID, bool]:
    known = QuestionPair.objects.filter(library=library, question__iexact=question, deleted_at=None).first()
    pair = known or QuestionPair(library=library, created_at=now)
    pair.question, pair.answer, pair.embedding, pair.updated_at = question, answer, embedding, now
    pair.save()
    _changed(library)
    return pair.id, known is None


def change_pair(*, pair_id: UUID, library_id: UUID, question: str, answer: str, actor: Actor, now: datetime) -> None:
    """Say it differently from now on."""
    library = seen(actor, library_id, Permission.CONFIGURE)
    question, answer = rules.checked_pair(question, answer)
    embedding = core.embed([question])[0]
    with transaction.atomic():
        found = QuestionPair.objects.filter(library=library, id=pair_id, deleted_at=None).update(
            question=question, answer=answer, embedding=embedding, updated_at=now
        )
        if not found:
            raise PairNotFound
        _changed(library)


@transaction.atomic
def delete_pair(*, library_id: UUID, pair_id: UUID, actor: Actor, now: datetime) -> None:
    """Take a pair away; it can be brought back."""
    library = seen(actor, library_id, Permission.CONFIGURE)
    if not QuestionPair.objects.filter(library=library, id=pair_id).update(deleted_at=now):
        raise PairNotFound
    _changed(library)


@transaction.atomic
def restore_pair(*, library_id: UUID, pair_id: UUID, actor: Actor, now: datetime) -> None:
    """Undo the deletion of a pair."""
    library = seen(actor, library_id, Permission.CONFIGURE)
    if not QuestionPair.objects.filter(library=library, id=pair_id).update(deleted_at=None):
        raise PairNotFound
    _changed(library)


def import_pairs(*, library_id: UUID, content: bytes, actor: Actor, now: datetime) -> ImportOutcome:
    """Take in a CSV of pairs; a row that does not fit is named and harms no other."""
    library = seen(actor, library_id, Permission.CONFIGURE)
    good: list[tuple[str, str]] = []
    problems: list[tuple[int, str]] = []
    for number, question, answer in rules.pairs_of_csv(content):
        try:
            good.append(rules.checked_pair(question, answer))
        except rules.PairIncomplete as error:
            problems.append((number, error.message))
    embeddings = core.embed([question for question, _ in good])
    with transaction.atomic():
        put = [_put(library, *pair, embedding, now) for pair, embedding in zip(good, embeddings, strict=True)]
    added = sum(1 for _, is_new in put if is_new)
    return ImportOutcome(added=added, updated=len(put) - added, problems=tuple(problems))


@transaction.atomic
def add_topic(*, library_id: UUID, kind: TopicKind, text: str, actor: Actor, now: datetime) -> None:
    """Name a topic to cover or to avoid; one that is there already stays."""
    library = seen(actor, library_id, Permission.CONFIGURE)
    Topic.objects.get_or_create(library=library, kind=kind, text=rules.checked_topic(text))
    _changed(library)


@transaction.atomic
def remove_topic(*, library_id: UUID, topic_id: UUID, actor: Actor, now: datetime) -> str:
    """Forget a topic and return its words, so that it can be named again."""
    library = seen(actor, library_id, Permission.CONFIGURE)
    topic = Topic.objects.filter(library=library, id=topic_id).first()
    if topic is None:
        return ""
    topic.delete()
    _changed(library)
    return topic.text


@transaction.atomic
def set_avoid_message(*, library_id: UUID, text: str, actor: Actor, now: datetime) -> None:
    """What to say when somebody asks about an avoided topic."""
    library = seen(actor, library_id, Permission.CONFIGURE)
    Library.objects.filter(id=library.id).update(avoid_message=text.strip()[:1000], version=F("version") + 1)


def _changed(library: Library) -> None:
    Library.objects.filter(id=library.id).update(version=F("version") + 1)
