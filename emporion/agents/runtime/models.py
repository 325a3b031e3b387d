"""Tables of agents at work: blueprints, agents, their looks, and every conversation with its sources."""

from django.db import models

from emporion.agents.runtime.types import Channel, HandoverState, KnowledgeIsFor, MessageState, Speaker
from emporion.kernel.ids import new_id


class Blueprint(models.Model):
    """What a seller publishes; `id` is the offering's. Its library has the same id."""

    id = models.UUIDField(primary_key=True)
    slug = models.SlugField(max_length=120, unique=True)
    name = models.CharField(max_length=200)
    provider_name = models.CharField(max_length=200, default="")
    category = models.CharField(max_length=20, default="agents")
    icon = models.CharField(max_length=40, default="bot")
    metric = models.CharField(max_length=60, default="calls")
    persona_name = models.CharField(max_length=80)
    tone = models.CharField(max_length=200, default="friendly")
    language = models.CharField(max_length=12, default="en")
    rules = models.TextField(default="")
    instructions = models.TextField(default="")
    welcome = models.TextField(default="")
    starters = models.JSONField(default=list)
    tools = models.JSONField(default=list)
    cover = models.JSONField(default=list)
    avoid = models.JSONField(default=list)
    avoid_message = models.TextField(default="")
    offers_person = models.BooleanField(default=True)
    handover_message = models.TextField(default="")
    knowledge_is_for = models.CharField(
        max_length=8, choices=[(who.value, who.value) for who in KnowledgeIsFor], default=KnowledgeIsFor.BUYERS
    )
    has_demo = models.BooleanField(default=True)
    demo_about = models.TextField(default="")
    demo_limit = models.PositiveSmallIntegerField(default=20)
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        """For logs and shells."""
        return self.name


class Agent(models.Model):
    """An agent at work: bought with a subscription, or for one demo session, when it belongs to no organisation."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    blueprint = models.ForeignKey(Blueprint, on_delete=models.PROTECT, related_name="agents")
    subscription_id = models.UUIDField(null=True, unique=True)
    organisation_id = models.UUIDField(null=True, db_index=True)
    project_id = models.UUIDField(null=True, db_index=True)
    name = models.CharField(max_length=80)
    is_answering = models.BooleanField(default=True)
    only_from_sources = models.BooleanField(default=True)
    offers_person = models.BooleanField(default=True)
    persona = models.ForeignKey("PersonaVersion", null=True, on_delete=models.SET_NULL, related_name="+")
    set_up_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        """For logs and shells."""
        return self.name


class DemoSession(models.Model):
    """A visitor's try before purchase: bound to the browser session, counted, erased within a day."""

    agent = models.OneToOneField(Agent, primary_key=True, on_delete=models.CASCADE, related_name="demo")
    session_hash = models.CharField(max_length=64, db_index=True)
    address_hash = models.CharField(max_length=64, db_index=True)
    message_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        """For logs and shells."""
        return f"demo {self.agent_id}"


class PersonaVersion(models.Model):
    """One saved persona; versions are never changed, a rollback saves an old one anew."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="personas")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    tone = models.CharField(max_length=200)
    language = models.CharField(max_length=12)
    rules = models.TextField(default="")
    author_name = models.CharField(max_length=200, default="")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["agent", "number"], name="runtime_persona_number")]

    def __str__(self) -> str:
        """For logs and shells."""
        return f"{self.number}. {self.name}"


class Branding(models.Model):
    """How an agent looks to a visitor."""

    agent = models.OneToOneField(Agent, primary_key=True, on_delete=models.CASCADE, related_name="branding")
    colour = models.CharField(max_length=7)
    welcome = models.TextField(default="")
    suggestions = models.JSONField(default=list)
    logo_name = models.CharField(max_length=255, default="")
    logo_type = models.CharField(max_length=40, default="")
    logo_version = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        """For logs and shells."""
        return f"branding of {self.agent_id}"


class Conversation(models.Model):
    """A talk between one visitor and one agent; `visitor` binds it to the person or browser that may continue it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="conversations")
    channel = models.CharField(max_length=12, choices=[(channel.value, channel.value) for channel in Channel])
    customer_id = models.CharField(max_length=200, default="")
    page_url = models.CharField(max_length=2000, default="")
    started_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["agent", "started_at"], name="runtime_conversation_started")]

    def __str__(self) -> str:
        """For logs and shells."""
        return f"{self.channel} {self.id}"


class Message(models.Model):
    """One message; an answer names the visitor's message it replies to."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    speaker = models.CharField(max_length=8, choices=[(speaker.value, speaker.value) for speaker in Speaker])
    author_name = models.CharField(max_length=200, default="")
    text = models.TextField(default="")
    state = models.CharField(
        max_length=12, choices=[(state.value, state.value) for state in MessageState], default=MessageState.DONE
    )
    mode = models.CharField(max_length=12, default="")
    note = models.CharField(max_length=300, default="")
    is_answered = models.BooleanField(null=True)
    reply_to = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="replies")
    key = models.CharField(max_length=120, null=True)
    process = models.CharField(max_length=160, default="")
    created_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    first_words_ms = models.PositiveIntegerField(null=True)
    total_ms = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["conversation", "key"], name="runtime_message_key_once")]
        indexes = [
            models.Index(fields=["conversation", "created_at"], name="runtime_message_order"),
            models.Index(fields=["state", "touched_at"], name="runtime_message_state"),
        ]

    def __str__(self) -> str:
        """For logs and shells."""
        return f"{self.speaker} {self.id}"


class Citation(models.Model):
    """A source given to an answer, with the words as they were then, so that it outlives the source."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="citations")
    number = models.PositiveSmallIntegerField()
    is_cited = models.BooleanField(default=False)
    is_pair = models.BooleanField(default=False)
    entry_id = models.UUIDField(null=True)
    source_id = models.UUIDField(null=True)
    document_id = models.UUIDField(null=True)
    title = models.CharField(max_length=300)
    heading = models.CharField(max_length=500, default="")
    text = models.TextField()
    start = models.PositiveIntegerField(default=0)
    end = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["message", "number"], name="runtime_citation_number")]

    def __str__(self) -> str:
        """For logs and shells."""
        return f"[{self.number}] {self.title}"


class Feedback(models.Model):
    """What a reader thought of an answer."""

    message = models.OneToOneField(Message, primary_key=True, on_delete=models.CASCADE, related_name="feedback")
    is_good = models.BooleanField()
    given_at = models.DateTimeField()

    def __str__(self) -> str:
        """For logs and shells."""
        return f"{self.message_id}: {self.is_good}"


class Handover(models.Model):
    """A conversation that asks for a person, has one, or had one."""

    conversation = models.OneToOneField(Conversation, primary_key=True, on_delete=models.CASCADE, related_name="handover")
    state = models.CharField(max_length=8, choices=[(state.value, state.value) for state in HandoverState], db_index=True)
    reason = models.CharField(max_length=200, default="")
    requested_at = models.DateTimeField()
    person_id = models.UUIDField(null=True)
    person_name = models.CharField(max_length=200, default="")
    taken_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        """For logs and shells."""
        return f"{self.state} {self.conversation_id}"
