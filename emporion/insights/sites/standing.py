"""How much of its plan an organisation has used, for its pages; and, while it tries, for its mail: a plan's own is billing's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_date
from django.db import transaction
from django.utils.translation import gettext as _

from emporion.accounts.actions import notify_people
from emporion.insights.sites.metering import events_used
from emporion.insights.sites.models import Site
from emporion.insights.sites.plans import SitePlan, plan_of
from emporion.notify.types import Message, Topic
from emporion.plumbing.types import Actor
from emporion.ui.wording import number, reader_locale

TOLD_AT = (80, 90, 100)
ENDED = 101


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A plan with what of it is used: events since its month or the trial began, and websites."""

    plan: SitePlan
    used: int
    websites: int

    @property
    def percent(self) -> int | None:
        """How much of the events is used; nothing where there is no limit."""
        return None if not self.plan.events else self.used * 100 // self.plan.events

    @property
    def tone(self) -> str:
        """How the counter looks."""
        percent = self.percent or 0
        return "bad" if percent >= TOLD_AT[-1] else "warn" if percent >= TOLD_AT[0] else ""

    @property
    def is_trial(self) -> bool:
        """Whether nothing was bought yet."""
        return self.plan.subscription_id is None


def standing_of(actor: Actor, *, now: datetime) -> Standing | None:
    """What the actor's organisation has and has used; nothing before its first website."""
    if actor.organisation_id is None:
        return None
    own = Site.objects.filter(organisation_id=actor.organisation_id, is_demo=False)
    if not own.exists():
        return None
    plan = plan_of(actor.organisation_id)
    used = events_used(actor.organisation_id, plan, now=now)
    return Standing(plan=plan, used=used, websites=own.filter(removed_at=None).count())


def tell_of_trial(sites: Sequence[Site], plan: SitePlan, used: int, *, now: datetime) -> None:
    """Tells an organisation that its trial is nearly used up, used up, or over; of each once."""
    if plan.subscription_id is not None or not plan.events or not sites:
        return
    shares = [ENDED] if plan.is_over(now) else [share for share in TOLD_AT if used * 100 >= share * plan.events]
    reached = max(shares, default=0)
    if reached <= max(site.trial_told for site in sites):
        return
    with transaction.atomic():
        Site.objects.filter(pk__in=[site.pk for site in sites]).update(trial_told=reached)
        notify_people(organisation_id=sites[0].organisation_id, message=_message(sites[0], plan, used, reached), now=now)


def _message(site: Site, plan: SitePlan, used: int, reached: int) -> Message:
    facts = {"percent": reached, "events": number(plan.events or 0), "used": number(used)}
    facts["day"] = format_date(plan.trial_ends_at, "d MMMM", locale=reader_locale()) if plan.trial_ends_at else ""
    if reached == ENDED:
        title, body = (
            _("The trial of Insights has ended"),
            _("Counting is paused; what was counted is kept. A plan resumes it at once."),
        )
    elif reached >= TOLD_AT[-1]:
        title = _("The trial of Insights has used all of its %(events)s events") % facts
        body = _("Counting is paused. What comes meanwhile is kept apart for 30 days and can be let in once you have a plan.")
    else:
        title = _("The trial of Insights has used %(percent)d%% of its %(events)s events") % facts
        body = _("%(used)s are used; the trial ends on %(day)s. Choose a plan, and counting goes on.") % facts
    return Message(topic=Topic.USAGE, title=title, body=body, url="/marketplace/insights/", organisation_id=site.organisation_id)
