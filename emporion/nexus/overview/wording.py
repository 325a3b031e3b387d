"""What is said of an API in words that a person understands at three in the morning."""

from datetime import datetime, timedelta
from decimal import Decimal

from babel.dates import format_datetime, format_timedelta
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from emporion.nexus.apis.rules import one_in
from emporion.nexus.apis.types import Cause, Health, Standing
from emporion.ui.wording import number, percent, reader_locale

EVERY, NEARLY_EVERY, MOST = 0.995, 0.95, 0.3
OUTCOMES = {
    "ok": lazy("Answered"),
    "provider_error": lazy("Provider’s error"),
    "overloaded": lazy("Overloaded"),
    "timeout": lazy("Timed out"),
    "unreachable": lazy("Unreachable"),
    "cut_short": lazy("Cut short"),
    "empty": lazy("Empty answer"),
    "malformed": lazy("Malformed answer"),
    "throttled": lazy("Throttled"),
    "quota_exhausted": lazy("Quota spent"),
    "key_refused": lazy("Key refused"),
    "bad_request": lazy("Bad request"),
    "budget_spent": lazy("Budget spent"),
    "limited": lazy("Over our own limit"),
    "client_gone": lazy("Caller gone"),
}
_REASONS = {
    "provider_error": lazy("Most of them end in an error of the provider."),
    "overloaded": lazy("Most of them are answered with “overloaded”."),
    "timeout": lazy("Most of them get no answer in time."),
    "unreachable": lazy("Most of them find nobody at the other end."),
    "cut_short": lazy("Most of them die in the middle of the answer."),
    "empty": lazy("Most of them are answered with nothing."),
    "malformed": lazy("Most of them are answered with something that is no answer."),
    "throttled": lazy("We ask more often than we may; waiting cures it."),
    "quota_exhausted": lazy("Nothing is left of what was bought; only more money cures it."),
    "key_refused": lazy("The provider does not accept our key; a new one cures it."),
}
HEALTHS = {
    Health.HEALTHY: lazy("Healthy"),
    Health.QUIET: lazy("No calls"),
    Health.DEGRADED: lazy("Weak"),
    Health.FAILING: lazy("Failing"),
}
TONES = {Health.HEALTHY: "good", Health.QUIET: "", Health.DEGRADED: "warn", Health.FAILING: "bad"}
ICONS = {
    Health.HEALTHY: "circle-check",
    Health.QUIET: "moon",
    Health.DEGRADED: "triangle-alert",
    Health.FAILING: "octagon-alert",
}


def outcome(name: str) -> str:
    """An outcome as a list says it."""
    return str(OUTCOMES.get(name, name.replace("_", " ").capitalize()))


_HEADLINES = {
    Cause.NOTHING: lazy("%(name)s does well"),
    Cause.KEY_REFUSED: lazy("%(name)s refuses our key"),
    Cause.QUOTA_SPENT: lazy("The quota of %(name)s is spent"),
    Cause.THROTTLED: lazy("%(name)s throttles %(rate)s"),
    Cause.FAILING: lazy("%(name)s fails %(rate)s"),
    Cause.SLOW: lazy("%(name)s answers in %(time)s"),
    Cause.QUOTA_RUNS_OUT: lazy("The quota of %(name)s runs out on %(day)s"),
}


def headline(one: Standing) -> str:
    """What is wrong with an API in one sentence, or that nothing is."""
    ends = one.quota.noted.runs_out_at if one.quota.noted else None
    return str(_HEADLINES[one.verdict.cause]) % {
        "name": one.name,
        "rate": share_of_calls(one.now.failure_rate),
        "time": seconds(one.now.p95_ms),
        "day": day(ends) if ends else "",
    }


def share_of_calls(rate: float) -> str:
    """A failure rate as a person says it: every call, nearly every call, 7 calls in 10, 1 call in 8."""
    if rate >= EVERY:
        return _("every call")
    if rate >= NEARLY_EVERY:
        return _("nearly every call")
    if rate >= MOST:
        return _("%(n)s calls in 10") % {"n": round(rate * 10)}
    return _("1 call in %(n)s") % {"n": number(one_in(rate))}


def reason(one: Standing) -> str:
    """Why calls fail, where the calls say so; for a slow API what is usual."""
    if one.verdict.cause is Cause.SLOW and one.usual and one.usual.p95_ms:
        return _("At this hour of the week %(time)s is usual.") % {"time": seconds(one.usual.p95_ms)}
    return str(_REASONS.get(one.verdict.outcome, ""))


def state(one: Standing, now: datetime) -> str:
    """The few words beside an API's name."""
    if one.verdict.cause is Cause.QUOTA_RUNS_OUT and one.quota.noted and one.quota.noted.runs_out_at:
        return _("Quota runs out on %(when)s") % {"when": day(one.quota.noted.runs_out_at)}
    if one.verdict.cause is Cause.SLOW:
        return _("Slow")
    words = str(HEALTHS[one.verdict.health])
    if one.verdict.since and one.verdict.health in {Health.FAILING, Health.DEGRADED}:
        return f"{words}, {length(now - one.verdict.since)}"
    return words


def seconds(milliseconds: float | None) -> str:
    """A time of milliseconds as an eye compares it: 0.4 s, 2.1 s, 340 ms below a tenth; a dash for none."""
    if milliseconds is None:
        return "–"
    if milliseconds < 95:
        return _("%(n)s ms") % {"n": number(round(milliseconds))}
    value = Decimal(f"{milliseconds / 1000:.1f}") if milliseconds < 99_950 else Decimal(round(milliseconds / 1000))
    return _("%(n)s s") % {"n": number(value)}


def rate(value: float) -> str:
    """A failure rate in per cent with one decimal."""
    return percent(value, 1)


def target(value: float) -> str:
    """The share of failures that a target allows, in as few digits as it has."""
    allowed = Decimal(str(round(1 - value, 6))).normalize()
    return percent(allowed, max(0, -int(allowed.as_tuple().exponent) - 2))


def length(duration: timedelta) -> str:
    """A length of time in its largest unit."""
    return format_timedelta(max(duration, timedelta(minutes=1)), threshold=0.95, format="short", locale=reader_locale())


def clock(moment: datetime, now: datetime | None = None) -> str:
    """The time of the reader's day, with the day where it is another one."""
    local = timezone.localtime(moment)
    is_other = now is not None and timezone.localtime(now).date() != local.date()
    return format_datetime(local, "d MMM, HH:mm" if is_other else "HH:mm", locale=reader_locale())


def day(moment: datetime) -> str:
    """The day of the week on which something will be."""
    return format_datetime(timezone.localtime(moment), "EEEE", locale=reader_locale())


def people(count: int) -> str:
    """How many customers."""
    return ngettext("%(n)s customer", "%(n)s customers", count) % {"n": number(count)}


def broken(bad: int, total: int, *, is_bad: bool) -> str:
    """How many of the APIs are broken, or want to be looked at."""
    said = {"bad": number(bad), "total": number(total)}
    if total == 1:
        return _("Your API is broken") if is_bad else _("Your API needs a look")
    if is_bad:
        return ngettext("%(bad)s of %(total)s APIs is broken", "%(bad)s of %(total)s APIs are broken", bad) % said
    return ngettext("%(bad)s of %(total)s APIs needs a look", "%(bad)s of %(total)s APIs need a look", bad) % said
