"""Tables of the channels: keys, widgets with their versions, and the places where widgets run."""

from django.db import models

from emporion.kernel.ids import new_id


class AgentKey(models.Model):
    """A key to one agent; only its digest is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agent_id = models.UUIDField(db_index=True)
    organisation_id = models.UUIDField(db_index=True)
    project_id = models.UUIDField()
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.prefix}…"


class Widget(models.Model):
    """The widget of an agent; `draft` is what is being edited, `live` points to what visitors get."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    public_id = models.CharField(max_length=32, unique=True)
    agent_id = models.UUIDField(unique=True)
    organisation_id = models.UUIDField(db_index=True)
    project_id = models.UUIDField()
    draft = models.JSONField(default=dict)
    live = models.ForeignKey("WidgetVersion", null=True, on_delete=models.PROTECT, related_name="+")
    is_paused = models.BooleanField(default=False)
    identity_secret = models.TextField()
    secret_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.public_id


class WidgetVersion(models.Model):
    """A published state of a widget; never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    widget = models.ForeignKey(Widget, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    settings = models.JSONField()
    note = models.CharField(max_length=200, blank=True)
    author_name = models.CharField(max_length=150)
    published_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["widget", "number"], name="widget_version_once")]

    def __str__(self) -> str:
        return str(self.number)


class Implementation(models.Model):
    """A host on which a widget was loaded."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    widget = models.ForeignKey(Widget, on_delete=models.CASCADE, related_name="implementations")
    host = models.CharField(max_length=253)
    environment = models.CharField(max_length=20, default="production")
    is_paused = models.BooleanField(default=False)
    is_test = models.BooleanField(default=False)
    pinned = models.ForeignKey(WidgetVersion, null=True, on_delete=models.SET_NULL, related_name="+")
    version_seen = models.PositiveIntegerField(default=0)
    blocked_at = models.DateTimeField(null=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["widget", "host"], name="implementation_once")]

    def __str__(self) -> str:
        return self.host


class WidgetConversation(models.Model):
    """Which conversations came through which implementation, so that usage is counted by place and by customer."""

    conversation_id = models.UUIDField(primary_key=True)
    widget = models.ForeignKey(Widget, on_delete=models.CASCADE, related_name="conversations")
    implementation = models.ForeignKey(Implementation, null=True, on_delete=models.SET_NULL, related_name="conversations")
    visitor_key = models.CharField(max_length=64, db_index=True)
    customer_id = models.CharField(max_length=200, blank=True, db_index=True)
    is_verified = models.BooleanField(default=False)
    traits = models.JSONField(default=dict)
    started_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.conversation_id)
