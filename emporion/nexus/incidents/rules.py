"""Decides, without I/O, what an incident is called and how bad it is, what belongs to it, and whether recovery is proven."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from emporion.kernel.amounts import in_percent
from emporion.nexus.incidents.types import About, Audience, CellView, IncidentState, Severity

UNDO_FOR = timedelta(minutes=10)
LOOKS_BACK = timedelta(minutes=60)  # what was deployed an hour before may be the cause; the day before it hardly is
# How often people hear something, by severity: whoever waits longer than this asks, and each question costs more than an update.
UPDATE_EVERY = {
    Severity.CRITICAL: timedelta(minutes=20),
    Severity.MAJOR: timedelta(minutes=30),
    Severity.MINOR: timedelta(hours=1),
    Severity.LOW: timedelta(hours=2),
}
MINUTE = timedelta(minutes=1)
SETTLING = 3  # minutes that are looked at again, because calls that took long are told late


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What an API has to keep: the share of calls that may fail, and a p95 in milliseconds where one was set."""

    failure_rate: float = 0.01
    p95_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One minute of calls as it is judged; `failing_check` names a check that fails, `has_green_check` says that one holds."""

    at: datetime
    calls: int
    failures: int
    p95_ms: float | None = None
    failing_check: str = ""
    has_green_check: bool = False


def proposed_severity(priority: int, customers: int, active_customers: int) -> Severity:
    """How bad it is, from who feels it: half of the customers is critical, one in twenty major; else what the problem says."""
    share = customers / active_customers if active_customers else 0.0
    if share >= 0.5 and customers > 1:
        felt = Severity.CRITICAL
    elif share >= 0.05:
        felt = Severity.MAJOR
    elif customers:
        felt = Severity.MINOR
    else:
        felt = Severity.LOW
    return min(felt, Severity(min(max(priority, 1), 4)))


def proposed_title(problem_title: str, features: Sequence[str]) -> str:
    """What to call it: the problem, and the one feature that people miss most."""
    title = problem_title.strip().rstrip(".")
    if not features or features[0].lower() in title.lower():
        return title[:200]
    return f"{title}: {features[0]}"[:200]


def belongs(about: About, *, incident_id: UUID, problem_ids: Collection[UUID], api_ids: Collection[UUID]) -> bool:
    """Whether something that happened belongs on the timeline of an incident."""
    if about.incident_id is not None:
        return about.incident_id == incident_id
    if about.problem_id is not None and about.problem_id in problem_ids:
        return True
    if about.api_ids:
        return bool(set(about.api_ids) & set(api_ids))
    return about.problem_id is None


def next_update(severity: Severity, now: datetime) -> datetime:
    """When people should hear again."""
    return now + UPDATE_EVERY[severity]


def out_of_bounds(look: Look, bounds: Bounds) -> str:
    """Why a minute does not count towards recovery; empty when it does.

    One failed call of a quiet minute is no relapse: it counts only in the error budget of the whole stretch.
    """
    if look.failing_check:
        return f"The check {look.failing_check} fails"
    if not look.calls:
        return "" if look.has_green_check else "No calls and no check to judge by"
    rate = look.failures / look.calls
    if rate > bounds.failure_rate and (look.failures > 1 or rate >= 0.5):
        return f"{percent(rate)} errors, needs under {percent(bounds.failure_rate)}"
    if bounds.p95_ms is not None and look.p95_ms is not None and look.p95_ms > bounds.p95_ms:
        return f"p95 {seconds(look.p95_ms)}, needs under {seconds(bounds.p95_ms)}"
    return ""


def minutes_in_bounds(cells: Sequence[CellView], until: datetime) -> int:
    """How many minutes in a row, up to the last complete one before `until`, were within bounds; a gap ends the row."""
    count, expected = 0, None
    for cell in reversed(cells):
        if expected is None and cell.at < until - SETTLING * MINUTE - MINUTE:
            return 0
        if not cell.is_ok or (expected is not None and cell.at != expected):
            break
        count, expected = count + 1, cell.at - MINUTE
    return count


def burn(calls: int, failures: int, bounds: Bounds) -> float:
    """How many times too fast the error budget is spent; a single failed call never proves that it is."""
    if not calls or failures <= 1:
        return 0.0
    return failures / calls / bounds.failure_rate if bounds.failure_rate else float("inf")


def state_after(state: IncidentState, *, is_recovering: bool, has_routes: bool) -> IncidentState:
    """Where an incident stands once its minutes were judged; closed and withdrawn ones stay so."""
    if state in {IncidentState.CLOSED, IncidentState.WITHDRAWN}:
        return state
    if is_recovering:
        return IncidentState.RECOVERING
    return IncidentState.MITIGATING if has_routes or state is not IncidentState.DECLARED else IncidentState.DECLARED


def stage_of(state: IncidentState, *, is_proven: bool, audience: Audience) -> str:
    """Which update is due, in the words of status pages."""
    if is_proven or state is IncidentState.CLOSED:
        return "resolved"
    stages = {IncidentState.MITIGATING: "identified", IncidentState.RECOVERING: "monitoring"}
    return stages.get(state, "investigating")


NEARLY_ALL = 0.99


def one_in(rate: float) -> str:
    """A share as people say it after "about": "1 in 8", "9 in 10"."""
    for least, words in ((0.93, "19 in 20"), (0.83, "9 in 10"), (0.7, "3 in 4"), (0.58, "2 in 3"), (0.4, "1 in 2")):
        if rate >= least:
            return words
    return f"1 in {round(1 / max(rate, 0.001)):,}"


def percent(rate: float) -> str:
    """A share with one decimal where that says something."""
    return f"{in_percent(rate, 1):f}".removesuffix(".0") + "%"


def seconds(milliseconds: float) -> str:
    """A duration of calls."""
    return f"{milliseconds / 1000:.1f} s" if milliseconds >= 1000 else f"{milliseconds:.0f} ms"


def lasted(span: timedelta) -> str:
    """A stretch of time as people say it: "48 s", "20 min", "2 h 05 min"."""
    total = max(int(span.total_seconds()), 0)
    if total < 60:
        return f"{total} s"
    minutes = total // 60
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: "A", "A and B", "A, B and C"."""
    words = [name for name in names if name]
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
