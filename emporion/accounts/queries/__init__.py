"""What can be known about people, organisations and their log; import from here."""

from emporion.accounts.queries.actors import actor_for_person, actor_for_token
from emporion.accounts.queries.leaving import export_file, exports_of, leaving_of
from emporion.accounts.queries.people import (
    has_account,
    log_in_of,
    organisation_name,
    person,
    person_of,
    recipients,
    why_refused,
)
from emporion.accounts.queries.team import (
    audit_of,
    invitations_of,
    members_of,
    open_invitation,
    organisation_of,
    organisations_of,
    projects_of,
    revoked_invitation,
    tokens_of,
)

__all__ = [
    "actor_for_person",
    "actor_for_token",
    "audit_of",
    "export_file",
    "exports_of",
    "has_account",
    "invitations_of",
    "leaving_of",
    "log_in_of",
    "members_of",
    "open_invitation",
    "organisation_name",
    "organisation_of",
    "organisations_of",
    "person",
    "person_of",
    "projects_of",
    "recipients",
    "revoked_invitation",
    "tokens_of",
    "why_refused",
]
