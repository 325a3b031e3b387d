"""Pairs and topics of a blueprint: kept as published there, copied into each agent, where the owner may change them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from emporion.agents.knowledge import core
from emporion.agents.knowledge.actions import changed
from emporion.agents.knowledge.library import TopicKind
from emporion.agents.knowledge.models import Library, QuestionPair, Source, Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """What a blueprint brings besides files."""

    cover: tuple[str, ...]
    avoid: tuple[str, ...]
    avoid_message: str
    pairs: tuple[tuple[str, str], ...]


def keep_only_files(library_id: UUID, names: set[str], *, now: datetime) -> None:
    """Take away the files that a new version of a blueprint no longer brings."""
    if Source.objects.present().filter(library_id=library_id).exclude(name__in=names).update(deleted_at=now):
        changed(library_id)


def replace_taught(library_id: UUID, taught: Taught, *, now: datetime) -> None:
    """Have a blueprint's library hold exactly these pairs and topics; nothing is done when it does already."""
    pairs = dict(QuestionPair.objects.filter(library_id=library_id).values_list("question", "answer"))
    topics = set(Topic.objects.filter(library_id=library_id).values_list("kind", "text"))
    wanted = {(TopicKind.COVER.value, text) for text in taught.cover} | {(TopicKind.AVOID.value, text) for text in taught.avoid}
    is_same = Library.objects.filter(id=library_id, avoid_message=taught.avoid_message).exists()
    if is_same and pairs == dict(taught.pairs) and topics == wanted:
        return
    embeddings = core.embed([question for question, _ in taught.pairs])
    with transaction.atomic():
        QuestionPair.objects.filter(library_id=library_id).delete()
        Topic.objects.filter(library_id=library_id).delete()
        QuestionPair.objects.bulk_create(
            QuestionPair(
                library_id=library_id, question=question, answer=answer, embedding=embedding, created_at=now, updated_at=now
            )
            for (question, answer), embedding in zip(taught.pairs, embeddings, strict=True)
        )
        Topic.objects.bulk_create(Topic(library_id=library_id, kind=kind, text=text[:120]) for kind, text in sorted(wanted))
        Library.objects.filter(id=library_id).update(avoid_message=taught.avoid_message)
        changed(library_id)


@transaction.atomic
def copy_taught(*, from_id: UUID, to_id: UUID, now: datetime) -> None:
    """Give an agent the pairs and topics of its blueprint, as its own."""
    base = Library.objects.get(id=from_id)
    QuestionPair.objects.bulk_create(
        QuestionPair(
            library_id=to_id,
            question=pair.question,
            answer=pair.answer,
            embedding=bytes(pair.embedding),
            created_at=now,
            updated_at=now,
        )
        for pair in QuestionPair.objects.filter(library=base, deleted_at=None)
    )
    Topic.objects.bulk_create(Topic(library_id=to_id, kind=topic.kind, text=topic.text) for topic in base.topics.all())
    Library.objects.filter(id=to_id).update(avoid_message=base.avoid_message)
    changed(to_id)
