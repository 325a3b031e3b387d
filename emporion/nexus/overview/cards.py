"""An API as a card of the overview: how it does, its four figures, and what is left of its quota."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from emporion.nexus.apis import rules
from emporion.nexus.apis.types import Allowance, Health, QuotaView, Standing
from emporion.nexus.overview import drawing, wording
from emporion.ui.wording import number, picos

WARN_PERCENT = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How much of an allowance is used, for its bar."""

    name: str
    percent: int
    tone: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An API as a card of the overview; texts are already written."""

    url: str
    name: str
    tile: str
    tone: str
    icon: str
    state: str
    course: tuple[float, ...]
    line: str
    area: str
    rate: str
    target: str
    p95: str
    usual: str
    cost: str
    calls: str
    is_rate_bad: bool
    is_p95_bad: bool
    quota: Quota | None
    slug: str = ""
    failures: str = ""


def card(one: Standing, *, url: str, tile: str, now: datetime, has_problem: bool = False) -> Card:
    """The card of an API; `has_problem` where a problem about it is open, though its calls do well at this moment."""
    is_calm = has_problem and one.verdict.health in {Health.HEALTHY, Health.QUIET}
    health = Health.DEGRADED if is_calm else one.verdict.health
    verdict, top = one.verdict, max(0.08, *one.course) if one.course else 1.0
    is_bad = verdict.health in {Health.FAILING, Health.DEGRADED}
    has_calls = bool(one.now.calls)
    usual = one.usual.p95_ms if one.usual else None
    return Card(
        url=url,
        name=one.name,
        slug=one.slug,
        tile=tile,
        tone=wording.TONES[health],
        icon=wording.ICONS[health],
        state=_("Problem open") if is_calm else wording.state(one, now),
        course=one.course,
        line=drawing.path(one.course, top * 1.1) if len(one.course) > 1 else "",
        area=drawing.path(one.course, top * 1.1, is_area=True) if len(one.course) > 1 else "",
        rate=wording.rate(one.now.failure_rate) if has_calls else "–",
        target=_("target %(share)s") % {"share": wording.target(one.watch.target)},
        p95=wording.seconds(one.now.p95_ms),
        usual=_("usual %(time)s") % {"time": wording.seconds(usual)} if usual else "",
        cost=picos(one.today.cost_picos),
        calls=number(one.today.calls),
        is_rate_bad=is_bad and bool(verdict.outcome),
        is_p95_bad=rules.is_slow(one.now, one.watch, one.usual),
        quota=quota(one.quota.tightest),
        failures=number(one.now.failures),
    )


def quota(allowance: Allowance | None) -> Quota | None:
    """The bar of an allowance; nothing where none is known."""
    if allowance is None:
        return None
    used = allowance.used_percent
    names = {"tokens": _("Tokens a minute"), "requests": _("Requests a minute"), "": _("Bought calls")}
    return Quota(
        name=names.get(allowance.name, allowance.name),
        percent=used,
        tone="bad" if used >= 100 else "warn" if used >= WARN_PERCENT else "",
        detail=_("%(left)s of %(limit)s left") % {"left": number(allowance.left), "limit": number(allowance.limit)},
    )


def quotas(found: QuotaView) -> tuple[Quota, ...]:
    """The bars of every allowance that is known, the one that was bought first."""
    return tuple(bar for one in (found.noted, found.requests, found.tokens) if (bar := quota(one)) is not None)
