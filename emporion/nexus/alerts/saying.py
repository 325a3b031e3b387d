"""What an alert says, in one title and one sentence that a person understands half asleep, in the language of who reads.

What is stored is what was noticed (`Said`), not the words: they are made when somebody looks. What another system or a provider
says has words of its own and stays as it came, and so do alerts from before what was noticed was kept.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from emporion.nexus.alerts.judging import Judgement
from emporion.nexus.alerts.types import Kind, Metric, RuleSpec, Said
from emporion.nexus.alerts.wording import Words, measured, measures, of_times, percent, span, span_of_seconds

MOST_FIRING = 1000
STORM = "storm"


def said(spec: RuleSpec, found: Judgement, name: str) -> Said:
    """What a rule noticed; `name` is what it is about."""
    return Said(
        what=spec.kind.value,
        name=name,
        metric=spec.metric,
        value=found.value or 0.0,
        usual=found.usual or 0.0,
        limit=spec.threshold,
        minutes=spec.for_minutes if spec.kind is Kind.THRESHOLD else found.minutes,
        seconds=found.seconds,
    )


def kept(said: Said | None) -> dict[str, object]:
    """As a database keeps it."""
    return dict(msgspec.to_builtins(said)) if said else {}


def words(kept: Mapping[str, object], title: str, sentence: str) -> Words:
    """What was noticed in words; `title` and `sentence` where it was not kept, or by a version that knew more."""
    written = Words(title=title, sentence=sentence)
    if not kept:
        return written
    try:
        return said_in_words(msgspec.convert(kept, Said))
    except (msgspec.ValidationError, KeyError):
        return written


def said_in_words(said: Said) -> Words:
    """What was noticed in words; KeyError where it is unknown what it is."""
    return _WORDS[said.what](said)


def _outage(said: Said) -> Words:
    title = _("%(name)s: every call fails") if said.value >= 0.995 else _("%(name)s: most calls fail")
    length = span_of_seconds(said.seconds) if said.seconds else span(said.minutes)
    facts = {"share": percent(said.value), "length": length}
    return Words(title=title % {"name": said.name}, sentence=_("%(share)s of the calls of the last %(length)s failed.") % facts)


def _burn_rate(said: Said) -> Words:
    times = f"{said.value:.0f}" if said.value >= 10 else f"{said.value:.1f}"
    facts = {"spent": span(max(1, round(43_200 / said.value)) if said.value else 0), "length": span(said.minutes)}
    return Words(
        title=_("%(name)s error budget burns %(times)s times too fast") % {"name": said.name, "times": times},
        sentence=_("At this rate a month's budget is spent in %(spent)s. Seen over %(length)s.") % facts,
    )


def _threshold(said: Said) -> Words:
    facts = {
        "name": said.name,
        "measure": measures(said.metric),
        "value": measured(said.metric, said.value),
        "limit": measured(said.metric, said.limit),
        "length": span(said.minutes),
    }
    if said.metric is Metric.FAILURE_RATE:
        title = _("%(name)s: %(value)s of calls fail")
    elif said.metric is Metric.THROTTLED_SHARE:
        title = _("%(name)s throttles %(value)s of calls")
    else:
        title = _("%(name)s %(measure)s over %(limit)s")
    sentence = _("The %(measure)s was %(value)s in the last %(length)s; the limit is %(limit)s.")
    return Words(title=title % facts, sentence=sentence % facts)


def _anomaly(said: Said) -> Words:
    facts = {"name": said.name, "measure": measures(said.metric, is_hourly=True), "times": of_times(said.value, said.usual)}
    if said.metric is Metric.FAILURE_RATE:
        facts |= {"value": f"{said.value:,.0f}", "usual": f"{said.usual:,.1f}"}
        return Words(
            title=_("%(name)s fails more often than it does") % facts,
            sentence=_("%(value)s calls failed in the last hour; %(usual)s is usual.") % facts,
        )
    facts |= {"value": measured(said.metric, said.value), "usual": measured(said.metric, said.usual)}
    return Words(
        title=_("%(name)s %(measure)s is %(times)s times the usual") % facts,
        sentence=_("It is %(value)s; at this hour %(usual)s is usual.") % facts,
    )


def _silence(said: Said) -> Words:
    facts = {"length": span(said.minutes), "usual": f"{said.usual:,.0f}"}
    return Words(
        title=_("No calls reach %(name)s") % {"name": said.name},
        sentence=_("Nothing came for %(length)s; at this hour %(usual)s calls or more are usual.") % facts,
    )


def _quota(said: Said) -> Words:
    facts = {"name": said.name, "left": percent(said.value), "length": span(said.minutes)}
    sentence = _("%(left)s of the allowance is left.")
    if said.minutes:
        sentence = _("%(left)s of the allowance is left. At this pace it is spent in %(length)s.")
    return Words(title=_("%(name)s quota: %(left)s left") % facts, sentence=sentence % facts)


def _budget(said: Said) -> Words:
    """`value` of `limit` dollars are spent; `share` in percent is what was to be told of."""
    title = _("A budget is spent") if said.share >= 100 else _("A budget is %(share)s%% spent") % {"share": said.share}
    facts = {"spent": f"${said.value:,.2f}", "limit": f"${said.limit:,.2f}"}
    return Words(title=title, sentence=_("%(spent)s of %(limit)s are spent.") % facts)


def _check(said: Said) -> Words:
    return Words(title=_("%(name)s fails") % {"name": said.name or _("A check")}, sentence=said.detail)


def _heartbeat(said: Said) -> Words:
    titles = {"unfinished": _("%(name)s did not finish"), "failed": _("%(name)s says that it failed")}
    title = titles.get(said.reason, _("%(name)s did not report in time"))
    sentence = said.detail or _("It never reported.")
    if not said.detail and said.at:
        sentence = _("It reported last at %(time)s UTC.") % {"time": f"{datetime.fromisoformat(said.at):%H:%M}"}
    return Words(title=title % {"name": said.name}, sentence=sentence)


def _provider(said: Said) -> Words:
    return Words(title=said.name, sentence=_("The provider says so on its status page."))


def _storm(said: Said) -> Words:
    sentence = ngettext(
        "Over %(count)s alert fires at once; further ones are only counted here.",
        "Over %(count)s alerts fire at once; further ones are only counted here.",
        MOST_FIRING,
    )
    return Words(title=_("More alerts than can be kept apart"), sentence=sentence % {"count": f"{MOST_FIRING:,}"})


_WORDS: Mapping[str, Callable[[Said], Words]] = {
    Kind.OUTAGE.value: _outage,
    Kind.BURN_RATE.value: _burn_rate,
    Kind.THRESHOLD.value: _threshold,
    Kind.ANOMALY.value: _anomaly,
    Kind.SILENCE.value: _silence,
    Kind.QUOTA.value: _quota,
    Kind.BUDGET.value: _budget,
    Kind.CHECK.value: _check,
    Kind.HEARTBEAT.value: _heartbeat,
    Kind.PROVIDER.value: _provider,
    STORM: _storm,
}
