"""Learns from a website's past, keeps of whom people want to hear, and tells them."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from emporion.accounts import queries as accounts
from emporion.insights.intent import examples, fitting, queries, rules
from emporion.insights.intent.models import Learnt, Told, Watch
from emporion.insights.intent.types import Estimate, Likelihood, Occasion, Seen, Wishes
from emporion.insights.intent.wording import OCCASIONS
from emporion.insights.reports import queries as reports
from emporion.insights.reports.naming import name_of, place_of
from emporion.insights.reports.types import Session
from emporion.insights.revenue import queries as revenue
from emporion.insights.sites.queries import measured, site_of
from emporion.insights.sites.types import SiteView
from emporion.kernel.money import Money
from emporion.notify.actions import broadcast, notify
from emporion.notify.types import Message, Topic
from emporion.plumbing.types import Actor, Permission

LOOKED_BACK_MINUTES = 3
MOST_AN_HOUR = 20


def learn(*, site_id: UUID, now: datetime) -> Estimate | None:
    """Learns anew what a website's past says; `None` for one that is gone."""
    site = measured(site_id)
    if site is None:
        return None
    store = reports.event_store()
    known = examples.examples_of(store, site_id, now=now, measured_since=site.first_event_at)
    fitted = fitting.fit(known)
    Learnt.objects.update_or_create(
        site_id=site_id,
        defaults={
            "made_at": now,
            "visits": len(known),
            "buyers": sum(one.has_bought for one in known),
            "worth_minor": examples.worth_of(store, site_id, site.currency),
            "fitted": asdict(fitted) if fitted else {},
        },
    )
    return queries.estimate_of(Actor.system(site.organisation_id), site_id)


def save_wishes(*, site_id: UUID, wishes: Wishes, actor: Actor) -> Wishes:
    """Keeps of which visitors people want to hear."""
    site = site_of(actor, site_id)
    actor.require(Permission.CONFIGURE, site.project_id)
    kept = asdict(wishes) | {"goals": sorted(set(wishes.goals)), "is_on": wishes.is_any}
    Watch.objects.update_or_create(site_id=site.id, defaults=kept)
    return queries.wishes_of(actor, site_id)


def look(*, site_id: UUID, now: datetime) -> int:
    """Tells people of those who are on a website now and whom they want to hear of, once a visitor and day; how many."""
    site = measured(site_id)
    if site is None:
        return 0
    actor = Actor.system(site.organisation_id)
    wishes, estimate = queries.wishes_of(actor, site_id), queries.estimate_of(actor, site_id)
    visits = reports.live_sessions(site_id, LOOKED_BACK_MINUTES, actor=actor, now=now)
    paid = revenue.paid_before(actor, site_id, rules.beginnings(visits))
    told = 0
    for visit in visits:
        amounts = paid.get(visit.visitor_id, ())
        seen = rules.seen_of(visit, visit.steps, is_customer=bool(amounts))
        likely = rules.likelihood(estimate, seen) if estimate else None
        own = next((one.minor for one in amounts if one.currency == site.currency), 0)
        occasion = rules.occasion_of(wishes, seen, paid_minor=own, likely=likely)
        if occasion is not None:
            told += _tell(site, visit, _Found(occasion, seen, likely, amounts), now)
    return told


@dataclass(frozen=True, slots=True)
class _Found:
    """Why a visitor is worth a word."""

    occasion: Occasion
    seen: Seen
    likely: Likelihood | None
    amounts: tuple[Money, ...]

    def detail(self) -> str:
        """What is said beside the name."""
        if self.occasion is Occasion.CUSTOMER:
            return " + ".join(amount.format("en") for amount in self.amounts)
        if self.occasion is Occasion.LIKELY and self.likely is not None:
            return f"{self.likely.share:.0%}"
        return ", ".join(dict.fromkeys(self.seen.goals))


def _tell(site: SiteView, visit: Session, found: _Found, now: datetime) -> bool:
    """One word about a visitor, unless it was said today; beyond so many an hour it is kept and not sent."""
    recent = Told.objects.of_site(site.id).filter(at__gt=now - timedelta(hours=1), was_sent=True).count()
    try:
        with transaction.atomic():
            row = Told.objects.create(
                site_id=site.id,
                visitor_id=visit.visitor_id,
                day=now.date(),
                at=now,
                occasion=found.occasion,
                page=visit.exit_path[:500],
                detail=found.detail()[:200],
                was_sent=recent < MOST_AN_HOUR,
            )
            if row.was_sent:
                _send(site, visit, found, now)
    except IntegrityError:
        return False
    return row.was_sent


def _send(site: SiteView, visit: Session, found: _Found, now: datetime) -> None:
    for person in accounts.recipients(organisation_id=site.organisation_id, project_id=site.project_id):
        with translation.override(person.locale):
            message = _message(site, visit, found, person.locale)
        notify(recipients=(person,), message=message, now=now)
    broadcast(message=_message(site, visit, found, "en"), now=now)


def _message(site: SiteView, visit: Session, found: _Found, language: str) -> Message:
    title = str(OCCASIONS[found.occasion]) % {"page": visit.exit_path, "site": site.domain}
    said = [
        name_of(visit),
        place_of(visit, language),
        _("came from %(source)s") % {"source": visit.source or _("Direct")},
        _("paid so far: %(amount)s") % {"amount": " + ".join(one.format(language) for one in found.amounts)}
        if found.amounts
        else "",
        _("likely to buy: %(share)s, on average %(average)s")
        % {"share": f"{found.likely.share:.1%}", "average": f"{found.likely.average:.1%}"}
        if found.likely
        else "",
    ]
    facts = {"site": site.domain, "visitor_id": str(visit.visitor_id), "page": visit.exit_path, "occasion": str(found.occasion)}
    if found.likely:
        facts["likelihood"] = f"{found.likely.share:.4f}"
    return Message(
        topic=Topic.VISITOR,
        title=title[:200],
        body=" · ".join(part for part in said if part),
        url=f"/insights/{site.id}/visitors/{visit.visitor_id}/",
        organisation_id=site.organisation_id,
        project_id=site.project_id,
        kind="insights.visitor.high_value",
        facts=facts,
        tag=f"visitor-{visit.visitor_id}",
    )
