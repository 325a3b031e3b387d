"""Verbs of checks: make, change, pause, remove, and run one now."""

from datetime import datetime
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction

from emporion.accounts.actions import record_audit
from emporion.gateway.routing import queries as gateway
from emporion.nexus.checks import asking, rules, running
from emporion.nexus.checks.errors import CheckInvalid, CheckNotFound, ChecksFull
from emporion.nexus.checks.models import CheckRow
from emporion.nexus.checks.queries import check_view, spec_of
from emporion.nexus.checks.types import Check, CheckSpec, CheckState, Judged
from emporion.plumbing import outbound
from emporion.plumbing.errors import AddressRefused, AddressUnreachable
from emporion.plumbing.limits import Window, count
from emporion.plumbing.secrets import encrypt
from emporion.plumbing.types import Actor, Permission

BY_HAND = Window(scope="nexus-checks-by-hand", limit=30, seconds=60)


def try_check(*, spec: CheckSpec, project_id: UUID, actor: Actor, now: datetime) -> Judged:
    """Asks once and keeps nothing, so that a check can be seen before it is saved; CheckInvalid, TooManyRequests."""
    actor.require(Permission.CONFIGURE, project_id)
    rules.checked(spec)
    count(BY_HAND, str(project_id), now=now)
    return asking.run(spec, now=now)


def add_check(*, spec: CheckSpec, project_id: UUID, actor: Actor, now: datetime) -> Check:
    """Asks an address from now on; CheckInvalid, ChecksFull."""
    actor.require(Permission.CONFIGURE, project_id)
    rules.checked(spec)
    _require_reachable(spec)
    _require_api(actor, spec.api_id, project_id)
    if CheckRow.objects.filter(project_id=project_id, removed_at=None).count() >= rules.MOST_CHECKS:
        raise ChecksFull(most=rules.MOST_CHECKS)
    with transaction.atomic():
        row = CheckRow(organisation_id=actor.organisation, project_id=project_id, created_at=now)
        _take_over(row, spec)
        row.next_at = now
        row.save()
        _note(row, "add", actor=actor, now=now)
    return check_view(row, None)


def change_check(*, check_id: UUID, spec: CheckSpec, actor: Actor, now: datetime) -> Check:
    """Changes what is asked and expected; it is asked at once, and what it did before is kept. CheckInvalid."""
    rules.checked(spec)
    _require_reachable(spec)
    with transaction.atomic():
        row = _own(check_id, actor)
        _require_api(actor, spec.api_id, row.project_id)
        _take_over(row, spec)
        row.next_at = now
        row.save()
        _note(row, "change", actor=actor, now=now)
    return check_view(row, None)


def pause_check(*, check_id: UUID, actor: Actor, now: datetime) -> None:
    """Asks no more until it is resumed."""
    with transaction.atomic():
        row = _own(check_id, actor)
        row.paused_at = row.paused_at or now
        row.save(update_fields=["paused_at"])
        _note(row, "pause", actor=actor, now=now)


def resume_check(*, check_id: UUID, actor: Actor, now: datetime) -> None:
    """Asks again, beginning now; what it did before the pause does not count against it."""
    with transaction.atomic():
        row = _own(check_id, actor)
        row.paused_at, row.next_at, row.state, row.failures, row.since = None, now, CheckState.NEW, 0, now
        row.save(update_fields=["paused_at", "next_at", "state", "failures", "since"])
        _note(row, "resume", actor=actor, now=now)


def remove_check(*, check_id: UUID, actor: Actor, now: datetime) -> None:
    """Takes a check away; it can come back."""
    with transaction.atomic():
        row = _own(check_id, actor)
        row.removed_at = now
        row.save(update_fields=["removed_at"])
        _note(row, "remove", actor=actor, now=now)


def restore_check(*, check_id: UUID, actor: Actor, now: datetime) -> None:
    """Brings a removed check back; it is asked at once."""
    with transaction.atomic():
        row = _own(check_id, actor, is_removed=True)
        row.removed_at, row.next_at = None, now
        row.save(update_fields=["removed_at", "next_at"])
        _note(row, "restore", actor=actor, now=now)


def run_now(*, check_id: UUID, actor: Actor, now: datetime) -> Judged:
    """Runs a check out of turn; what comes of it counts like any other run. TooManyRequests."""
    row = _own(check_id, actor)
    count(BY_HAND, str(row.project_id), now=now)
    spec = spec_of(row)
    judged = asking.run(spec, now=now)
    running.keep([(running.Claim(check_id=row.pk, spec=spec, at=now), judged)])
    return judged


def _take_over(row: CheckRow, spec: CheckSpec) -> None:
    row.name, row.url, row.api_id, row.method = spec.name.strip()[:120], spec.url, spec.api_id, spec.method
    row.headers = encrypt(msgspec.json.encode(dict(spec.headers)).decode()) if spec.headers else ""
    row.body, row.interval_seconds, row.timeout_seconds = spec.body, spec.interval_seconds, spec.timeout_seconds
    row.retries, row.asked_from = spec.retries, spec.asked_from
    row.assertions = [{"kind": one.kind, "name": one.name.strip(), "value": one.value.strip()} for one in spec.assertions]


def _own(check_id: UUID, actor: Actor, *, is_removed: bool = False) -> CheckRow:
    """The check, where the actor may configure its project; CheckNotFound, Denied."""
    row = CheckRow.objects.of(actor).filter(pk=check_id, removed_at__isnull=not is_removed).first()
    if row is None:
        raise CheckNotFound(check_id=check_id)
    actor.require(Permission.CONFIGURE, row.project_id)
    return row


def _require_reachable(spec: CheckSpec) -> None:
    """Refuses what the outbound guard would refuse at every run; a name that is not known may be known then."""
    if spec.asked_from not in {"", settings.ENVIRONMENT.region}:
        return  # whoever asks from there has a guard of their own
    try:
        outbound.check(spec.url)
    except AddressRefused as error:
        raise CheckInvalid(
            "This address is in a private network, which is not asked from here.",
            next_step="Use a public address, or have the operator list the host in EMPORION_OUTBOUND_ALLOW.",
            field="url",
        ) from error
    except AddressUnreachable:
        return


def _require_api(actor: Actor, api_id: UUID | None, project_id: UUID) -> None:
    if api_id is not None and gateway.api_of(actor, api_id).project_id != project_id:
        raise CheckInvalid("This API belongs to another project.", field="api")


def _note(row: CheckRow, verb: str, *, actor: Actor, now: datetime) -> None:
    record_audit(actor=actor, verb=verb, object_type="check", object_id=row.pk, detail=row.name, now=now)
