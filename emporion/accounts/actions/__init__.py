"""Verbs of accounts, by what they are about; import them from here."""

from emporion.accounts.actions.audit import record_audit
from emporion.accounts.actions.exports import ask_for_export, erase_expired, keep_export
from emporion.accounts.actions.leaving import ask_for_deletion, delete_due, take_back_deletion
from emporion.accounts.actions.notices import notify_people, send_verification
from emporion.accounts.actions.organisations import (
    create_organisation,
    create_project,
    ensure_organisation,
    rename_organisation,
    rename_project,
)
from emporion.accounts.actions.people import (
    begin_in_browser_zone,
    complete_registration,
    register_person,
    resend_verification,
    set_operator,
    update_profile,
)
from emporion.accounts.actions.team import (
    accept_invitation,
    change_role,
    invite,
    remove_member,
    resend_invitation,
    restore_invitation,
    revoke_invitation,
)
from emporion.accounts.actions.tokens import create_token, restore_token, revoke_token

__all__ = [
    "accept_invitation",
    "ask_for_deletion",
    "ask_for_export",
    "begin_in_browser_zone",
    "change_role",
    "complete_registration",
    "create_organisation",
    "create_project",
    "create_token",
    "delete_due",
    "ensure_organisation",
    "erase_expired",
    "invite",
    "keep_export",
    "notify_people",
    "record_audit",
    "register_person",
    "remove_member",
    "rename_organisation",
    "rename_project",
    "resend_invitation",
    "resend_verification",
    "restore_invitation",
    "restore_token",
    "revoke_invitation",
    "revoke_token",
    "send_verification",
    "set_operator",
    "take_back_deletion",
    "update_profile",
]
