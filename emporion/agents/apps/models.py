"""Tables of apps: what is on sale, who is signed in to an app, notes, and status boards. Data belongs to organisations."""

from django.db import models
from django.db.models import Q

from emporion.agents.apps.types import AppKind, ServiceState
from emporion.kernel.ids import new_id

KINDS = [(kind.value, kind.value) for kind in AppKind]
STATES = [(state.value, state.value) for state in ServiceState]


class AppListing(models.Model):
    """An app on sale; its id is the offering's."""

    id = models.UUIDField(primary_key=True, editable=False)
    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    icon = models.CharField(max_length=40)
    kind = models.CharField(max_length=12, choices=KINDS)
    launch_url = models.CharField(max_length=300)
    scopes = models.CharField(max_length=200)
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.slug


class SignIn(models.Model):
    """A sign-in on its way to the provider and back; used once, forgotten after ten minutes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=12, choices=KINDS)
    state_digest = models.CharField(max_length=64, unique=True)
    verifier = models.TextField()  # encrypted
    nonce = models.CharField(max_length=80)
    wanted_organisation_id = models.UUIDField(null=True)
    next_path = models.CharField(max_length=300)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at}"


class AppSession(models.Model):
    """Somebody signed in to one app, by the digest of the app's own cookie."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=12, choices=KINDS)
    digest = models.CharField(max_length=64, unique=True)
    subject = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    email = models.CharField(max_length=254)
    organisation_id = models.UUIDField()
    organisations = models.JSONField(default=list)
    access_token = models.TextField()  # encrypted
    checked_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["kind", "organisation_id", "subject"], name="app_session_owner")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class AppUse(models.Model):
    """Who opened an app, and when last."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=12, choices=KINDS)
    organisation_id = models.UUIDField()
    subject = models.CharField(max_length=80)
    last_opened_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "organisation_id", "subject"], name="app_use_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Note(models.Model):
    """A note; `search_text` is what searching looks in: lower case, without accents."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    search_text = models.TextField()
    is_pinned = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=1)
    author_name = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-is_pinned", "-updated_at"]
        indexes = [models.Index(fields=["organisation_id", "-updated_at"], name="note_owner")]

    def __str__(self) -> str:
        return self.title


class Board(models.Model):
    """The status board of an organisation; with a share token it can be read by whoever has the link.

    `ended_share_token` is the link that was turned off last, so that this can be undone for an hour.
    """

    organisation_id = models.UUIDField(primary_key=True, editable=False)
    title = models.CharField(max_length=120)
    share_token = models.CharField(max_length=80, blank=True)
    ended_share_token = models.CharField(max_length=80, blank=True, default="", db_default="")
    share_ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["share_token"], condition=~Q(share_token=""), name="board_share_once")]

    def __str__(self) -> str:
        return self.title


class Service(models.Model):
    """Something that works or does not."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(db_index=True)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=12, choices=STATES, default=ServiceState.OK)
    since = models.DateTimeField()
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.name


class StatusUpdate(models.Model):
    """What was said about a service; never changed afterwards."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="updates")
    organisation_id = models.UUIDField()
    state = models.CharField(max_length=12, choices=STATES)
    text = models.CharField(max_length=500)
    author_name = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["organisation_id", "-created_at"], name="status_update_owner")]

    def __str__(self) -> str:
        return self.text
