"""What the pages show of a check: words and tones of its state, the parts of an answer, and its hours as a chart."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from emporion.nexus.checks.types import Check, CheckState, Judged
from emporion.ui.types import Chart, Series

TONES = {
    CheckState.NEW: "idle",
    CheckState.PASSING: "good",
    CheckState.SHAKY: "warn",
    CheckState.FAILING: "bad",
    CheckState.PAUSED: "idle",
    CheckState.UNASKED: "warn",
}
SHOWN_HEADERS = 40
SHOWN_BODY = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One part of the time that an answer took; `start` and `width` are per cent of the whole."""

    label: str
    text: str
    start: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An answer as a page shows it, with what was expected of it."""

    judged: Judged
    phases: tuple[Phase, ...]
    headers: tuple[tuple[str, str], ...]
    body: str
    size: int
    is_cut: bool


def label_of(state: CheckState) -> str:
    """A check's state in words."""
    return {
        CheckState.NEW: _("Has not run yet"),
        CheckState.PASSING: _("As expected"),
        CheckState.SHAKY: _("Being tried again"),
        CheckState.FAILING: _("Failing"),
        CheckState.PAUSED: _("Paused"),
        CheckState.UNASKED: _("Nobody is there to ask"),
    }[state]


def shown(judged: Judged) -> Shown:
    """The whole answer of a run."""
    asked, times = judged.asked, judged.asked.timings
    total = max(times.total_us, 1)
    waited = max(times.first_byte_us - times.name_us - times.connect_us - times.tls_us, 0)
    parts = (
        (_("Name"), times.name_us),
        (_("Connection"), times.connect_us),
        (_("TLS"), times.tls_us),
        (_("First byte"), waited),
        (_("Content"), max(total - times.first_byte_us, 0)),
    )
    phases, at = [], 0
    for label, took in parts:
        if took:
            phases.append(
                Phase(label=label, text=f"{took / 1000:,.1f} ms", start=at / total * 100, width=max(took / total * 100, 0.5))
            )
        at += took
    body = asked.body.decode("utf-8", "replace")
    return Shown(
        judged=judged,
        phases=tuple(phases) if not asked.problem else (),
        headers=tuple(asked.headers.items())[:SHOWN_HEADERS],
        body=body[:SHOWN_BODY],
        size=len(asked.body),
        is_cut=asked.is_cut or len(body) > SHOWN_BODY,
    )


def chart_of(check: Check, now: datetime) -> Chart | None:
    """The mean answer time of each of the last hours; nothing before the first answer."""
    if not any(check.hours):
        return None
    first = timezone.localtime(now).replace(minute=0, second=0, microsecond=0) - timedelta(hours=len(check.hours) - 1)
    labels = [(first + timedelta(hours=place)).strftime("%H:%M") for place in range(len(check.hours))]
    values = [value or None for value in check.hours]
    series = Series(label=_("Answer time in ms"), values=values)
    return Chart(id="latency", title=_("Answer time, last 24 hours"), labels=labels, series=(series,), x_title=_("Hour"))
