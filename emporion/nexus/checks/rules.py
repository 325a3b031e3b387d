"""Decides, without I/O, what a check may be, whether an answer is as expected, and what a run changes."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from emporion.kernel.addresses import parts_of
from emporion.nexus.checks.errors import CheckInvalid
from emporion.nexus.checks.types import Asked, Assertion, CheckSpec, CheckState, Expectation, Judged, Verdict

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SHORTEST_INTERVAL, LONGEST_INTERVAL = 30, 86_400
LONGEST_TIMEOUT = 30
MOST_RETRIES = 5
MOST_ASSERTIONS = 10
MOST_HEADERS = 20
MOST_CHECKS = 100  # of a project
LARGEST_BODY = 16_384
RETRY_SECONDS = 15  # a check that looks wrong is asked again sooner, so that retries cost no minutes
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_STEP = re.compile(r"\[(\d{1,4})\]|([^.\[\]]+)")
_LONGEST_SHOWN = 120


def checked(spec: CheckSpec) -> CheckSpec:
    """The check, if it can be run; CheckInvalid names the field that cannot be."""
    parts = parts_of(spec.url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or len(spec.url) > 2_000:
        raise CheckInvalid("Give a whole http:// or https:// address, without a user in it.", field="url")
    if spec.method not in METHODS:
        raise CheckInvalid("Choose one of the methods.", field="method")
    if not SHORTEST_INTERVAL <= spec.interval_seconds <= LONGEST_INTERVAL:
        raise CheckInvalid("Choose between 30 seconds and a day.", field="interval")
    if not 1 <= spec.timeout_seconds <= LONGEST_TIMEOUT:
        raise CheckInvalid("Choose between 1 and 30 seconds.", field="timeout")
    if not 0 <= spec.retries <= MOST_RETRIES:
        raise CheckInvalid("Choose between 0 and 5.", field="retries")
    if len(spec.body) > LARGEST_BODY:
        raise CheckInvalid("Send at most 16 kB.", field="body")
    _check_headers(spec)
    for assertion in spec.assertions[:MOST_ASSERTIONS]:
        _check_assertion(assertion)
    return spec


def _check_headers(spec: CheckSpec) -> None:
    if len(spec.headers) > MOST_HEADERS:
        raise CheckInvalid("Send at most 20 headers.", field="headers")
    for name, value in spec.headers.items():
        if not _HEADER.fullmatch(name) or name.lower() in {"host", "content-length", "transfer-encoding", "connection"}:
            raise CheckInvalid(f"“{name[:60]}” cannot be sent as a header.", field="headers")
        if not value.isascii() or not value.isprintable() or len(value) > 4_000:
            raise CheckInvalid(f"The value of “{name}” has signs that no header has.", field="headers")


def _check_assertion(assertion: Assertion) -> None:
    kind, value = assertion.kind, assertion.value.strip()
    if kind is Expectation.STATUS and not _statuses(value):
        raise CheckInvalid("Write a status as 200, 2xx, 200-299 or a list of them.", field="assertions")
    if kind in {Expectation.LATENCY, Expectation.CERTIFICATE} and not (value.isascii() and value.isdigit() and len(value) < 7):
        raise CheckInvalid("Write a whole number of milliseconds or days.", field="assertions")
    if kind in {Expectation.BODY_CONTAINS, Expectation.BODY_LACKS} and not value:
        raise CheckInvalid("Write what the answer is to hold.", field="assertions")
    if kind is Expectation.JSON_EQUALS and _steps(assertion.name) is None:
        raise CheckInvalid("Write where it lies as data.items[0].id.", field="assertions")
    if kind is Expectation.HEADER_CONTAINS and not _HEADER.fullmatch(assertion.name):
        raise CheckInvalid("Write the name of the header.", field="assertions")


def judge(asked: Asked, assertions: Sequence[Assertion], *, now: datetime) -> Judged:
    """How an answer did against every expectation; without one of the status, 2xx and 3xx are well."""
    if not any(one.kind is Expectation.STATUS for one in assertions):
        assertions = (Assertion(kind=Expectation.STATUS, value="200-399"), *assertions)
    if asked.problem:
        return Judged(asked=asked, verdicts=())
    return Judged(asked=asked, verdicts=tuple(_verdict(asked, one, now) for one in assertions))


def _verdict(asked: Asked, assertion: Assertion, now: datetime) -> Verdict:
    is_ok, wanted, found = _JUDGES[assertion.kind](asked, assertion, now)
    return Verdict(assertion=assertion, is_ok=is_ok, wanted=wanted, found=found)


def _status(asked: Asked, assertion: Assertion, now: datetime) -> tuple[bool, str, str]:
    is_ok = any(low <= asked.status <= high for low, high in _statuses(assertion.value))
    return is_ok, f"status {assertion.value}", f"was {asked.status}"


def _latency(asked: Asked, assertion: Assertion, now: datetime) -> tuple[bool, str, str]:
    took = asked.timings.total_us / 1_000
    return took <= int(assertion.value), f"answered within {assertion.value} ms", f"took {took:,.0f} ms"


def _contains(asked: Asked, assertion: Assertion, now: datetime) -> tuple[bool, str, str]:
    is_there = assertion.value in asked.body.decode("utf-8", "replace")
    cut = " in the part that was read" if asked.is_cut else ""
    return is_there, f"holds “{_short(assertion.value)}”", "it is there" if is_there else f"it is not there{cut}"


def _lacks(asked: Asked, assertion: Assertion, now: datetime) -> tuple[bool, str, str]:
    is_there = assertion.value in asked.body.decode("utf-8", "replace")
    return not is_there, f"does not hold “{_short(assertion.value)}”", "it is there" if is_there else "it is not there"


def _json(asked: Asked, assertion: Assertion, now: datetime) -> tuple[bool, str, str]:
    wanted = f"{assertion.name} is {_short(assertion.value)}"
    try:
        value = json.loads(asked.body)
    except (ValueError, RecursionError):
        return False, wanted, "the answer is no JSON"
    for step in _steps(assertion.name) or ():
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    told = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return told == assertion.value.strip(), wanted, f"was {_short(told)}"


def _header(asked: Asked, assertion: Assertion, now: datetime) -> tuple[bool, str, str]:
    value = asked.headers.get(assertion.name.lower())
    wanted = f"header {assertion.name} holds “{_short(assertion.value)}”" if assertion.value else f"has a header {assertion.name}"
    is_ok = value is not None and assertion.value.lower() in value.lower()
    return is_ok, wanted, "it is missing" if value is None else f"was “{_short(value)}”"


def _certificate(asked: Asked, assertion: Assertion, now: datetime) -> tuple[bool, str, str]:
    days = certificate_days(asked, now)
    wanted = f"certificate valid for {assertion.value} days"
    return (False, wanted, "there is none") if days is None else (days >= int(assertion.value), wanted, f"{days} are left")


_JUDGES = {
    Expectation.STATUS: _status,
    Expectation.LATENCY: _latency,
    Expectation.BODY_CONTAINS: _contains,
    Expectation.BODY_LACKS: _lacks,
    Expectation.JSON_EQUALS: _json,
    Expectation.HEADER_CONTAINS: _header,
    Expectation.CERTIFICATE: _certificate,
}


def certificate_days(asked: Asked, now: datetime) -> int | None:
    """For how many more days the certificate is valid; nothing without one."""
    return None if asked.certificate_until is None else (asked.certificate_until - now).days


def _statuses(text: str) -> list[tuple[int, int]]:
    """The ranges of `200`, `2xx`, `200-299` and lists of them; nothing for anything else."""
    found = []
    for part in text.replace(" ", "").lower().split(","):
        if match := re.fullmatch(r"([1-5])xx", part):
            found.append((int(match[1]) * 100, int(match[1]) * 100 + 99))
        elif match := re.fullmatch(r"(\d{3})(?:-(\d{3}))?", part):
            found.append((int(match[1]), int(match[2] or match[1])))
        else:
            return []
    return found


def _steps(path: str) -> list[int | str] | None:
    """The steps of `data.items[0].id`; `$.` before it is fine. Nothing for what is no path."""
    plain = path.strip().removeprefix("$").lstrip(".")
    if not plain or len(plain) > 200 or re.sub(_STEP, "", plain).strip("."):
        return None
    return [int(match[1]) if match[1] else match[2] for match in _STEP.finditer(plain)]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a check stands after a run; `news` is failing or recovered where somebody has to be told."""

    state: CheckState
    failures: int
    news: str
    next_at: datetime


def after_run(state: CheckState, failures: int, *, is_ok: bool, spec: CheckSpec, now: datetime) -> Standing:
    """A check fails once it has been wrong `retries` + 1 times in a row; one good answer ends that."""
    if is_ok:
        news = "recovered" if state is CheckState.FAILING else ""
        return Standing(state=CheckState.PASSING, failures=0, news=news, next_at=now + timedelta(seconds=spec.interval_seconds))
    failures += 1
    if state is CheckState.FAILING or failures > spec.retries:
        news = "" if state is CheckState.FAILING else "failing"
        return Standing(
            state=CheckState.FAILING, failures=failures, news=news, next_at=now + timedelta(seconds=spec.interval_seconds)
        )
    again = min(RETRY_SECONDS, spec.interval_seconds)
    return Standing(state=CheckState.SHAKY, failures=failures, news="", next_at=now + timedelta(seconds=again))
