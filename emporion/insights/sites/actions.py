"""Adding a website, changing what is measured of it, and taking it away."""

import secrets
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from emporion.accounts import queries as people
from emporion.accounts.actions import record_audit
from emporion.insights.sites import itself
from emporion.insights.sites.dropping import ids_of_reason
from emporion.insights.sites.errors import ChosenByEnvironment, SiteAlreadyThere, SiteExists, SiteNotFound, SitesFull
from emporion.insights.sites.events import EventsLetIn, SiteChanged
from emporion.insights.sites.models import Site
from emporion.insights.sites.plans import plan_of
from emporion.insights.sites.queries import view_of
from emporion.insights.sites.rules import PAUSED_BY_OWNER, domain_of, network_of
from emporion.insights.sites.types import NewSite, SiteSettings, SiteView
from emporion.kernel.errors import Denied
from emporion.plumbing.actions import publish
from emporion.plumbing.types import Actor, Permission

__all__ = ["add_site", "change_site", "domain_of", "pause_site", "remove_site", "restore_site"]


LET_IN_AT_ONCE = 1_000


def add_site(*, site: NewSite, project_id: UUID, actor: Actor, now: datetime) -> SiteView:
    """Adds a website to a project that the actor may configure; DomainInvalid, SiteExists, SitesFull."""
    actor.require(Permission.CONFIGURE, project_id)
    _require_room(actor)
    domain = domain_of(site.domain)
    try:
        with transaction.atomic():
            row = Site.objects.create(
                public_id=f"dfid_{secrets.token_hex(12)}",
                organisation_id=actor.organisation,
                project_id=project_id,
                domain=domain,
                name=site.name,
                time_zone=site.time_zone,
                currency=site.currency,
                hostnames=list(site.hostnames),
                allows_localhost=domain == "localhost",
                created_at=now,
            )
            _tell(row, "add", actor=actor, now=now)
    except IntegrityError as error:
        raise SiteExists(domain=domain) from error
    return view_of(row)


def _require_room(actor: Actor) -> None:
    """Refuses one website more than the plan allows."""
    most = plan_of(actor.organisation).allowance.websites
    measured = Site.objects.filter(organisation_id=actor.organisation, removed_at=None, is_demo=False)
    if most is not None and measured.count() >= most:
        raise SitesFull(websites=most)


def change_site(*, site_id: UUID, settings: SiteSettings, actor: Actor, now: datetime) -> SiteView:
    """Changes what is measured and how it is shown; DomainInvalid, AddressInvalid, SiteExists."""
    domain = domain_of(settings.domain)
    hostnames = [domain_of(name) for name in settings.hostnames]
    addresses = [network_of(address) for address in settings.excluded_addresses]
    try:
        with transaction.atomic():
            row = _own(site_id, actor)
            row.domain, row.name, row.allows_localhost = domain, settings.name, domain == "localhost"
            row.time_zone, row.currency, row.hostnames = settings.time_zone, settings.currency, hostnames
            row.attribution_days, row.attribution_model = settings.attribution_days, settings.attribution_model
            row.excluded_addresses, row.excluded_paths = addresses, list(settings.excluded_paths)
            row.save()
            _tell(row, "change", actor=actor, now=now)
    except IntegrityError as error:
        raise SiteExists(domain=domain) from error
    return view_of(row)


def pause_site(*, site_id: UUID, is_paused: bool, actor: Actor, now: datetime) -> None:
    """Stops counting, or counts again; what comes meanwhile is kept as dropped."""
    with transaction.atomic():
        row = _own(site_id, actor)
        row.pause_reason = PAUSED_BY_OWNER if is_paused else ""
        row.save(update_fields=["pause_reason"])
        _tell(row, "pause" if is_paused else "resume", actor=actor, now=now)


def remove_site(*, site_id: UUID, actor: Actor, now: datetime) -> None:
    """Takes a website away; its events stay until they are erased, so that it can come back."""
    with transaction.atomic():
        row = _own(site_id, actor)
        row.removed_at, row.measures_installation = now, False
        row.save(update_fields=["removed_at", "measures_installation"])
        _tell(row, "remove", actor=actor, now=now)
    itself.forget()


def restore_site(*, site_id: UUID, actor: Actor, now: datetime) -> None:
    """Brings a removed website back; SiteAlreadyThere when its domain was added again."""
    try:
        with transaction.atomic():
            row = _own(site_id, actor, is_removed=True)
            row.removed_at = None
            row.save(update_fields=["removed_at"])
            _tell(row, "restore", actor=actor, now=now)
    except IntegrityError as error:
        raise SiteAlreadyThere(site_id=site_id) from error


def measure_installation(*, site_id: UUID, is_on: bool, actor: Actor, now: datetime) -> None:
    """Has a website measure this installation itself, in place of any other, or no more; for its operators: Denied.

    Refused with ChosenByEnvironment where `EMPORION_OWN_SITE` names one.
    """
    person = people.person_of(actor)
    if person is None or not person.is_operator:
        raise Denied("Only an operator of this installation can change this.", next_step="Ask one of them.")
    if itself.chosen_by_environment():
        raise ChosenByEnvironment
    with transaction.atomic():
        row = _own(site_id, actor)
        Site.objects.filter(measures_installation=True).exclude(pk=row.pk).update(measures_installation=False)
        row.measures_installation = is_on
        row.save(update_fields=["measures_installation"])
        _tell(row, "measure installation" if is_on else "stop measuring installation", actor=actor, now=now)
    itself.forget()


def skip_payments(*, site_id: UUID, actor: Actor, now: datetime) -> None:
    """The checklist goes on without payments; they can be connected at any time."""
    row = _own(site_id, actor)
    Site.objects.filter(pk=row.pk, payments_skipped_at=None).update(payments_skipped_at=now)


def note_verified(*, site_id: UUID, actor: Actor, now: datetime) -> None:
    """A look at the page found the script where it should be."""
    row = _own(site_id, actor)
    Site.objects.filter(pk=row.pk, verified_at=None).update(verified_at=now)


def note_payments(*, site_id: UUID, now: datetime) -> None:
    """Payments of this website are connected, or one has arrived; only the first time changes anything."""
    Site.objects.filter(pk=site_id, payments_known_at=None).update(payments_known_at=now)


def note_first_events(*, site_ids: Collection[UUID], now: datetime) -> None:
    """Events of these websites were stored; only the first time changes anything."""
    Site.objects.filter(pk__in=site_ids, first_event_at=None).update(first_event_at=now)


def let_events_in(*, site_id: UUID, event_ids: tuple[UUID, ...], reason: str, actor: Actor, now: datetime) -> int:
    """Has dropped events counted after all, the given ones or all of one reason; returns how many were asked for."""
    row = _own(site_id, actor)
    chosen = event_ids or (ids_of_reason(row.pk, reason=reason, now=now) if reason else ())
    if not chosen:
        return 0
    with transaction.atomic():
        for start in range(0, len(chosen), LET_IN_AT_ONCE):
            publish(EventsLetIn(site_id=row.pk, event_ids=chosen[start : start + LET_IN_AT_ONCE]), now=now)
        record_audit(
            actor=actor, verb="let in", object_type="website", object_id=str(row.pk), detail=f"{len(chosen)} {reason}", now=now
        )
    return len(chosen)


def _own(site_id: UUID, actor: Actor, *, is_removed: bool = False) -> Site:
    """The website, where the actor may configure its project; SiteNotFound, Denied."""
    found = Site.objects.filter(organisation_id=actor.organisation, pk=site_id, removed_at__isnull=not is_removed).first()
    if found is None or not actor.sees_project(found.project_id):
        raise SiteNotFound(site_id=site_id)
    actor.require(Permission.CONFIGURE, found.project_id)
    return found


def _tell(row: Site, verb: str, *, actor: Actor, now: datetime) -> None:
    record_audit(actor=actor, verb=verb, object_type="website", object_id=str(row.pk), detail=row.domain, now=now)
    publish(SiteChanged(site_id=row.pk), now=now)
