"""Tables of people, organisations, projects, roles, invitations, tokens and the audit log."""

from typing import ClassVar, Self
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from emporion.accounts.types import TokenScope
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.plumbing.types import Role


class PersonManager(BaseUserManager["Person"]):
    """Finds people by their e-mail address."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        """The person with this address, in whatever case it is written."""
        return self.get(email__iexact=username)


class Person(AbstractBaseUser):
    """Somebody who logs in with an e-mail address; whether the address is verified is kept by allauth's `EmailAddress`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=120)
    locale = models.CharField(max_length=16, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    is_active = models.BooleanField(default=True)
    is_operator = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=utcnow)
    deletion_due_at = models.DateTimeField(null=True)  # the account goes then, unless the person takes it back before
    deleted_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = PersonManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="person_email_once")]

    def __str__(self) -> str:
        return self.name or self.email


class Organisation(models.Model):
    """A tenant: everything that is bought, used and billed belongs to one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=140)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Project(models.Model):
    """A part of an organisation that holds subscriptions and has people of its own."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="projects")
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("organisation", Lower("name"), name="project_name_once")]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person belongs to an organisation: as owner or manager of all of it, or as a member through single projects."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=[(role, role) for role in (Role.OWNER, Role.MANAGER, Role.MEMBER)])
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "organisation"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role} {self.organisation_id}"


class ProjectMembership(models.Model):
    """A person's role in one project."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="project_memberships")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=[(role, role) for role in (Role.ADMIN, Role.MEMBER)])
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "project"], name="project_membership_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role} {self.project_id}"


class DataExport(models.Model):
    """A copy of everything of a person and of the organisations that they own, as a file for some days."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="exports")
    asked_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    size_bytes = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.person_id} {self.asked_at:%Y-%m-%d}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """The vocabulary of invitations."""

    def open(self) -> Self:
        """Neither accepted nor revoked; they may be past their time."""
        return self.filter(accepted_at=None, revoked_at=None)


class Invitation(models.Model):
    """An offer of a role, sent by mail; only the digest of its link is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="invitations")
    project = models.ForeignKey(Project, null=True, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=10, choices=[(role, role) for role in Role])
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.email} {self.role}"


class ApiToken(models.Model):
    """A key for programs; it acts with its person's roles in one organisation, never with more than its scope."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="tokens")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=12, choices=[(scope, scope) for scope in TokenScope], default=TokenScope.READ)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} {self.prefix}"


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """The vocabulary of the audit log."""

    def of_organisation(self, organisation_id: UUID) -> Self:
        """Newest first."""
        return self.filter(organisation_id=organisation_id).order_by("-id")


class AuditEntry(models.Model):
    """Who did what to which object and when. Triggers refuse every change and deletion, also from raw SQL.

    Ids are plain columns, not references, so that a line outlives what it names.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(null=True)
    actor_kind = models.CharField(max_length=12)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=140, blank=True)
    verb = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=80)
    detail = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    objects = AuditQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["organisation_id", "-id"], name="audit_of_organisation")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.verb} {self.object_type}"
