"""Says what is configured, reachable and wrong, and what to do."""

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, OperationalError, connection

from emporion.payments import queries as payments
from emporion.payments.types import RefundState
from emporion.plumbing.queries import pending_migrations
from emporion.plumbing.types import Actor
from emporion.store.backlog import backlog


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at; `advice` is empty when it is well."""

    subject: str
    state: str
    advice: str = ""


def examine() -> int:
    """Print a line for each finding; the exit status counts what needs attention."""
    findings = [check() for check in CHECKS]
    for finding in findings:
        mark = "!" if finding.advice else "✓"
        sys.stdout.write(f"{mark} {finding.subject:<12} {finding.state}\n")
        if finding.advice:
            sys.stdout.write(f"  {'':<12} {finding.advice}\n")
    return sum(1 for finding in findings if finding.advice)


def _home() -> Finding:
    return Finding(subject="Data", state=str(settings.HOME))


def _database() -> Finding:
    try:
        connection.ensure_connection()
    except OperationalError as error:
        return Finding(
            subject="Database", state=str(error).strip(), advice="Check EMPORION_DATABASE_URL and that the server runs."
        )
    return Finding(subject="Database", state=f"{connection.vendor}, answers")


def _migrations() -> Finding:
    try:
        pending = pending_migrations()
    except OperationalError:
        return Finding(subject="Tables", state="unknown", advice="Make the database reachable first.")
    if pending:
        return Finding(subject="Tables", state=f"{pending} migrations pending", advice="Run `emporion migrate`.")
    return Finding(subject="Tables", state="up to date")


def _address() -> Finding:
    local = settings.ENVIRONMENT.host in {"127.0.0.1", "localhost", "::1"}
    if not local and not settings.IS_SECURE:
        return Finding(
            subject="Address", state=settings.SITE_URL, advice="Set EMPORION_PUBLIC_URL to the https:// address that people use."
        )
    return Finding(subject="Address", state=settings.SITE_URL)


def _mail() -> Finding:
    if settings.ENVIRONMENT.mail_url == "outbox:":
        return Finding(subject="Mail", state=f"kept in {settings.SITE_URL}/outbox/; set EMPORION_MAIL_URL to send it")
    return Finding(subject="Mail", state="sent by SMTP")


def _model() -> Finding:
    environment = settings.ENVIRONMENT
    if not environment.model_url and not environment.model_key:
        return Finding(subject="Model", state="none: agents quote their sources; set EMPORION_MODEL_URL to have answers written")
    if not environment.model_name:
        return Finding(subject="Model", state=environment.model_url, advice="Set EMPORION_MODEL_NAME to the model's name.")
    return Finding(subject="Model", state=f"{environment.model_name} ({environment.model_protocol})")


def _disk() -> Finding:
    free = shutil.disk_usage(settings.HOME).free // 1024**3
    advice = "Free some space: events and files need room." if free < 1 else ""
    return Finding(subject="Disk", state=f"{free} GB free", advice=advice)


def _events() -> Finding:
    found = backlog(settings.SPOOL_DIR)
    state = f"{found.waiting_bytes / 1024**2:.1f} of {found.max_bytes // 1024**2} MB wait for the event store"
    if found.damaged_files:
        advice = f"Look at {settings.SPOOL_DIR}/damaged: bytes that could not be read were set aside there."
        return Finding(subject="Events", state=f"{state}, {found.damaged_files} damaged files", advice=advice)
    if found.is_alarming:
        advice = "Bring the event store back (EMPORION_EVENTS_URL), or start a process that moves them: serve, web or worker."
        return Finding(subject="Events", state=f"{state}, the oldest for {found.oldest_seconds / 60:.0f} minutes", advice=advice)
    return Finding(subject="Events", state=state)


def _refunds() -> Finding:
    try:
        unfinished = payments.unfinished_refunds(Actor.system())
    except DatabaseError:
        return Finding(subject="Refunds", state="not known before the database is up to date")
    refused = sum(1 for refund in unfinished if refund.state is RefundState.FAILED)
    advice = "A buyer waits for this money: see `emporion refunds`." if refused else ""
    return Finding(
        subject="Refunds", state=f"{refused} refused by the provider, {len(unfinished) - refused} on their way", advice=advice
    )


CHECKS: tuple[Callable[[], Finding], ...] = (_home, _database, _migrations, _address, _mail, _model, _disk, _events, _refunds)
