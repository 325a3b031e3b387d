"""Tables of knowledge: a library holds sources, a source documents, a document passages with their vectors."""

from typing import Self

from django.db import models

from emporion.agents.knowledge.library import LibraryKind, SourceKind, SourceState, TopicKind
from emporion.kernel.ids import new_id


class Library(models.Model):
    """Everything that one agent, blueprint or demo knows; `id` is that of its owner.

    An agent's library stands on its blueprint's (`base`), which is indexed once for all. `version` grows with every change of
    what can be quoted, so that snapshots of the index know when they are stale.
    """

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.value) for kind in LibraryKind])
    organisation_id = models.UUIDField(null=True, db_index=True)
    project_id = models.UUIDField(null=True)
    base = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveBigIntegerField(default=1)
    avoid_message = models.TextField(default="")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        """For logs and shells."""
        return f"{self.kind} {self.id}"


class SourceQuerySet(models.QuerySet["Source"]):
    """The vocabulary of sources."""

    def present(self) -> Self:
        """Those that there are: taken in and not deleted."""
        return self.filter(deleted_at=None).taken_in()

    def taken_in(self) -> Self:
        """Those that there are or were."""
        return self.exclude(state=SourceState.REFUSED)

    def refused(self) -> Self:
        """Those that were never taken in, of which there is the name and the reason alone."""
        return self.filter(state=SourceState.REFUSED)

    def set_aside(self) -> Self:
        """Those that an upload replaced and whose successors are there."""
        return self.filter(deleted_at__isnull=False, replaced_by__isnull=False, replaced_by__deleted_at=None)


class Source(models.Model):
    """A file, a web page or a site that the agent was given to read."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="sources")
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.value) for kind in SourceKind])
    name = models.CharField(max_length=255)
    address = models.CharField(max_length=2000, default="")
    media_type = models.CharField(max_length=100, default="")
    stored_name = models.CharField(max_length=255, default="")
    content_hash = models.CharField(max_length=64, default="")
    indexed_hash = models.CharField(max_length=80, default="")
    byte_count = models.PositiveBigIntegerField(default=0)
    state = models.CharField(
        max_length=12, choices=[(state.value, state.value) for state in SourceState], default=SourceState.WAITING
    )
    revision = models.PositiveIntegerField(default=1)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=300, default="")
    problem = models.TextField(default="")
    next_step = models.TextField(default="")
    document_count = models.PositiveIntegerField(default=0)
    passage_count = models.PositiveIntegerField(default=0)
    starters = models.JSONField(default=list)
    created_by = models.CharField(max_length=200, default="")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    # The ids of the sources that read pages of this one in its stead, for each address is read once.
    left_to = models.JSONField(default=list)
    # What an upload replaced is a deleted source of its own, which knows its successor for as long as it can be put back.
    replaced_by = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["library", "deleted_at"], name="knowledge_source_library")]

    def __str__(self) -> str:
        """For logs and shells."""
        return self.name


class MutedSource(models.Model):
    """A source of the base library that this library does not use."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="muted")
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["library", "source"], name="knowledge_muted_once")]

    def __str__(self) -> str:
        """For logs and shells."""
        return f"{self.source_id} in {self.library_id}"


class Document(models.Model):
    """The plain text of a file or of one page of a site."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="documents")
    name = models.CharField(max_length=300)
    address = models.CharField(max_length=2000, default="")
    position = models.PositiveIntegerField(default=0)
    text = models.TextField()
    text_hash = models.CharField(max_length=64)
    language = models.CharField(max_length=12, default="en")
    read_at = models.DateTimeField()

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        """For logs and shells."""
        return self.name


class Passage(models.Model):
    """A quotable piece of a document; `start` and `end` count characters in its plain text, `embedding` is float32 bytes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="passages")
    position = models.PositiveIntegerField()
    heading = models.CharField(max_length=500, default="")
    text = models.TextField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    page = models.PositiveIntegerField(null=True)
    row = models.PositiveIntegerField(null=True)
    text_hash = models.CharField(max_length=64)
    embedding = models.BinaryField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["document", "position"], name="knowledge_passage_place")]

    def __str__(self) -> str:
        """For logs and shells."""
        return f"{self.document_id}, {self.position}"


class QuestionPair(models.Model):
    """A question with the answer that the owner wants given; it wins over documents."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="pairs")
    question = models.TextField()
    answer = models.TextField()
    embedding = models.BinaryField(default=b"")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-updated_at", "-id"]

    def __str__(self) -> str:
        """For logs and shells."""
        return self.question


class Topic(models.Model):
    """A topic to cover or to avoid."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="topics")
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.value) for kind in TopicKind])
    text = models.CharField(max_length=120)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["library", "kind", "text"], name="knowledge_topic_once")]

    def __str__(self) -> str:
        """For logs and shells."""
        return f"{self.kind}: {self.text}"
