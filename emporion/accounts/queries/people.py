"""Finds people: who somebody is, and who should hear of something."""

from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q

from emporion.accounts.models import ApiToken, Organisation, Person
from emporion.accounts.types import LogInView, PersonView
from emporion.accounts.views_of import person_view
from emporion.notify.types import Recipient
from emporion.plumbing.types import Actor, ActorKind, Role


def person(person_id: UUID) -> PersonView | None:
    """The person with this id; for jobs and pages that already know that they may show them."""
    verified = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    row = Person.objects.annotate(has_verified=Exists(verified)).filter(pk=person_id).first()
    return person_view(row, is_verified=row.has_verified) if row else None


def person_of(actor: Actor) -> PersonView | None:
    """The person behind an actor: themselves, or whose token it is; `None` for the system and for strangers."""
    if actor.id is None:
        return None
    if actor.kind is ActorKind.PERSON:
        return person(actor.id)
    if actor.kind is ActorKind.TOKEN:
        owner = ApiToken.objects.filter(pk=actor.id).values_list("person_id", flat=True).first()
        return person(owner) if owner else None
    return None


def has_account(email: str) -> bool:
    """Whether somebody has registered with an address; only for those who proved that they can read its mail."""
    return Person.objects.filter(email__iexact=email).exists()


def why_refused(password: str, *, name: str, email: str) -> str:
    """Why somebody who registers cannot have this password, in words; empty where they can."""
    try:
        validate_password(password, Person(name=name, email=email))
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def log_in_of(actor: Actor) -> LogInView:
    """How the person can log in; three queries."""
    row = Person.objects.get(pk=str(actor.id))
    factors = _factors(row)
    codes = factors.get(Authenticator.Type.RECOVERY_CODES, [])
    return LogInView(
        has_password=row.has_usable_password(),
        has_authenticator_app=Authenticator.Type.TOTP in factors,
        passkeys=len(factors.get(Authenticator.Type.WEBAUTHN, [])),
        recovery_codes_left=len(codes[0].wrap().get_unused_codes()) if codes else 0,  # type: ignore[no-untyped-call]  # allauth
        connected=SocialAccount.objects.filter(user=row).count(),
    )


def _factors(row: Person) -> dict[str, list[Authenticator]]:
    factors: dict[str, list[Authenticator]] = {}
    for factor in Authenticator.objects.filter(user=row):
        factors.setdefault(factor.type, []).append(factor)
    return factors


def recipients(
    *, organisation_id: UUID, project_id: UUID | None = None, person_ids: tuple[UUID, ...] = ()
) -> tuple[Recipient, ...]:
    """Whom to tell: the people given as far as they belong to the organisation; else its owners and managers and, with a
    project, the project's admins.
    """
    belongs = Q(memberships__organisation_id=organisation_id)
    if person_ids:
        wanted = Q(pk__in=person_ids)
    else:
        wanted = Q(memberships__role__in=[Role.OWNER, Role.MANAGER])
        if project_id:
            wanted |= Q(project_memberships__project_id=project_id, project_memberships__role=Role.ADMIN)
    rows = Person.objects.filter(belongs & wanted, is_active=True).distinct().order_by("id")
    return tuple(recipient_of(row) for row in rows)


def recipient_of(row: Person) -> Recipient:
    """A person as somebody to write to."""
    return Recipient(email=row.email, name=row.name, locale=row.locale, time_zone=row.time_zone, person_id=row.id)


def organisation_name(organisation_id: UUID) -> str:
    """The name of an organisation for documents such as receipts; empty when it is gone."""
    return Organisation.objects.filter(pk=organisation_id).values_list("name", flat=True).first() or ""
