"""Puts payments into words: how they stand, how they found their visitor, which way they came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from emporion.insights.revenue.folding import REST
from emporion.insights.revenue.types import (
    CreditedTo,
    CreditView,
    JourneyVisit,
    Kind,
    Method,
    Part,
    PaymentDetail,
    PaymentView,
    Rung,
    Source,
    SourceTotal,
    Standing,
    Step,
    Totals,
)
from emporion.insights.sites.types import AttributionModel
from emporion.kernel.money import Money
from emporion.ui.types import Option
from emporion.ui.wording import percent

MODEL_WORDS = {
    AttributionModel.LAST_CLICK: lazy("Last click"),
    AttributionModel.FIRST_CLICK: lazy("First click"),
    AttributionModel.LAST_NON_DIRECT: lazy("Last non-direct"),
    AttributionModel.LINEAR: lazy("Linear"),
    AttributionModel.TIME_DECAY: lazy("Time decay"),
    AttributionModel.POSITION_BASED: lazy("Position"),
}
METHOD_WORDS = {
    Method.VISITOR_ID: lazy("Visitor id in checkout"),
    Method.CHECKOUT: lazy("Reported by the visitor’s browser"),
    Method.EMAIL: lazy("E-mail of a known visitor"),
    Method.CUSTOMER: lazy("Customer seen before"),
    Method.NETWORK: lazy("Same network and browser"),
    Method.ORIGINAL: lazy("First payment of the subscription"),
    Method.NONE: lazy("No match"),
}
KIND_WORDS = {
    Kind.PAYMENT: lazy("Payment"),
    Kind.RENEWAL: lazy("Renewal"),
    Kind.FREE_TRIAL: lazy("Free trial"),
    Kind.REFUND: lazy("Refund"),
    Kind.DISPUTE: lazy("Dispute"),
}
STANDING_WORDS = {
    Standing.COUNTED: lazy("Counted"),
    Standing.EXPECTED: lazy("Waiting for the provider"),
    Standing.VOID: lazy("Not counted"),
}
PART_WORDS = {
    Part.NET: lazy("Net revenue"),
    Part.PAID: lazy("Paid"),
    Part.RETURNED: lazy("Returned"),
    Part.MATCHED: lazy("With a known visitor"),
}
WAY_WORDS = {
    Source.WEBHOOK: lazy("Stripe webhook"),
    Source.SYNC: lazy("Key sync"),
    Source.PURCHASE: lazy("Marketplace"),
    Source.API: lazy("Payments API"),
    Source.SCRIPT: lazy("Script"),
}
TONES = {Kind.PAYMENT: "good", Kind.RENEWAL: "good", Kind.FREE_TRIAL: "action", Kind.REFUND: "warn", Kind.DISPUTE: "bad"}
ICONS = {
    Kind.PAYMENT: "check",
    Kind.RENEWAL: "repeat",
    Kind.FREE_TRIAL: "clock",
    Kind.REFUND: "undo-2",
    Kind.DISPUTE: "triangle-alert",
}
SPANS = {"7": lazy("Last 7 days"), "30": lazy("Last 30 days"), "365": lazy("Last 12 months"), "": lazy("All time")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A payment in a list."""

    payment: PaymentView
    title: str
    detail: str
    kind: str
    tone: str
    icon: str
    method: str
    sureness: str
    source: str
    is_guess: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderLine:
    """A rung in words; `found` puts a check mark before it."""

    label: str
    result: str
    found: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditLine:
    """A visit with its credits, in the order of the models."""

    credit: CreditView
    amounts: tuple[tuple[Money, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyLine:
    """A visit of the journey: `gap` is the time since the one before."""

    visit: JourneyVisit
    title: str
    detail: str
    gap: str
    is_credited: bool
    is_candidate: bool
    steps: tuple[tuple[Step, str], ...]
    more: int


MOST_STEPS = 8


def row_of(payment: PaymentView) -> Row:
    """A payment in words."""
    is_expected = payment.standing is Standing.EXPECTED
    return Row(
        payment=payment,
        title=payment.description or payment.object_id,
        detail=payment.buyer_hint or ("" if payment.object_id == REST else payment.object_id),
        kind=str(STANDING_WORDS[Standing.EXPECTED] if is_expected else KIND_WORDS[payment.kind]),
        tone="" if is_expected else TONES[payment.kind],
        icon="clock" if is_expected else ICONS[payment.kind],
        method=str(METHOD_WORDS[payment.method]) if payment.is_attributed else _("Being matched…"),
        sureness=sureness(payment),
        source=payment.source or "–",
        is_guess=payment.method is Method.NETWORK,
    )


def credited_of(wanted: CreditedTo | None, totals: Sequence[Totals]) -> tuple[SourceTotal, ...]:
    """What the source that is asked for is credited with, once a currency; the rows of the list add up to it."""
    return tuple(one for total in totals for one in total.by_source if wanted and one.source == wanted.source)


def sureness(payment: PaymentView) -> str:
    """How sure a payment's source is, in words that mark a guess as one."""
    if not payment.is_attributed or not payment.confidence:
        return ""
    sure = percent(payment.confidence)
    if payment.method is Method.NETWORK:
        return _("Guess, %(percent)s sure") % {"percent": sure}
    return _("%(percent)s sure") % {"percent": sure}


def model_options(current: AttributionModel) -> tuple[Option, ...]:
    """The models to choose from."""
    return tuple(Option(label=str(MODEL_WORDS[model]), value=model.value, current=model is current) for model in AttributionModel)


def options(words: Mapping[str, object], current: str, everything: str) -> tuple[Option, ...]:
    """The choices of a filter, with the one that filters nothing first."""
    first = (Option(label=everything, value="", current=not current),) if everything else ()
    return (*first, *(Option(label=str(label), value=value, current=value == current) for value, label in words.items()))


def ladder_of(detail: PaymentDetail) -> tuple[LadderLine, ...]:
    """The rungs in words: which found the visitor, and why the others did not."""
    lines = []
    is_found = detail.payment.original_id is not None
    if is_found:
        lines.append(LadderLine(label=str(METHOD_WORDS[Method.ORIGINAL]), result=percent(detail.payment.confidence), found=True))
    for rung in detail.rungs:
        is_it = rung.found and not is_found
        lines.append(LadderLine(label=str(METHOD_WORDS[rung.method]), result=_result(rung, is_found=is_found), found=is_it))
        is_found = is_found or rung.found
    return tuple(lines)


def credit_lines(detail: PaymentDetail, model: AttributionModel) -> tuple[CreditLine, ...]:
    """The credits of every visit, with the chosen model's marked."""
    return tuple(
        CreditLine(credit=one, amounts=tuple((one.amounts[each], each is model) for each in AttributionModel))
        for one in detail.credits
    )


def earner_of(detail: PaymentDetail, model: AttributionModel) -> CreditView | None:
    """The visit that earns most in a model; the latest of equal ones."""
    return max(detail.credits, key=lambda one: (abs(one.amounts[model].minor), one.touch), default=None)


def journey_lines(visits: Sequence[JourneyVisit], detail: PaymentDetail, model: AttributionModel) -> tuple[JourneyLine, ...]:
    """The journey in words."""
    shares = {(one.visitor_id, one.started_at): one.amounts[model] for one in detail.credits}
    lines, before = [], None
    for visit in visits:
        key = (visit.visitor_id, visit.started_at)
        words = _visit_words(visit, is_first=before is None)
        steps = tuple((step, _step_words(step)) for step in visit.steps if step.kind in _SHOWN)
        lines.append(
            JourneyLine(
                visit=visit,
                title=words,
                detail=", ".join(part for part in (visit.campaign, visit.place, visit.browser, visit.system) if part),
                gap=away(before, visit.started_at),
                is_credited=bool(shares.get(key)),
                is_candidate=key in shares,
                steps=steps[:MOST_STEPS],
                more=max(0, len(steps) - MOST_STEPS),
            )
        )
        before = visit.started_at + timedelta(seconds=visit.duration_seconds)
    return tuple(lines)


def away(before: datetime | None, after: datetime) -> str:
    """How long somebody was away."""
    if before is None:
        return ""
    minutes = int((after - before) / timedelta(minutes=1))
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return ngettext("%(count)s day away", "%(count)s days away", days) % {"count": days}
    if hours:
        return ngettext("%(count)s hour away", "%(count)s hours away", hours) % {"count": hours}
    return ngettext("%(count)s minute away", "%(count)s minutes away", minutes) % {"count": minutes} if minutes > 0 else ""


_SHOWN = {"pageview", "goal", "identify", "payment", "outbound"}


def _visit_words(visit: JourneyVisit, *, is_first: bool) -> str:
    if is_first:
        return _("First visit, from %(source)s") % {"source": visit.source or "Direct"}
    return visit.source or "Direct"


def _step_words(step: Step) -> str:
    match step.kind:
        case "goal":
            return _("Goal reached: %(name)s") % {"name": step.name}
        case "identify":
            return _("Said who they are")
        case "payment":
            return _("Payment reported")
        case "outbound":
            return _("Left for another website")
        case _:
            return step.name


def _result(rung: Rung, *, is_found: bool) -> str:
    if rung.found:
        return _("agrees") if is_found else percent(rung.confidence)
    if is_found:
        return _("not needed")
    return _("nobody found") if rung.asked and rung.method not in {Method.VISITOR_ID, Method.CHECKOUT} else _("not sent")
