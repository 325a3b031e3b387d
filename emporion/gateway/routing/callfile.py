"""Reads calls of the past from a file: CSV with a head, or a JSON object on each line; names the line that does not fit."""

import csv
import hashlib
import io
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from uuid import UUID

from emporion.gateway.routing.errors import FileRefused
from emporion.gateway.routing.rules import picos_of
from emporion.gateway.routing.types import Outcome

COLUMNS = (
    "at", "model", "status", "outcome", "duration_ms", "first_token_ms", "input_tokens", "output_tokens", "cost_usd", "team",
    "feature", "environment", "customer", "error",
)  # fmt: skip
LARGEST_BYTES = 5 * 1024 * 1024
MOST_CALLS = 50_000
OLDEST = timedelta(days=800)
LARGEST_NUMBER = 4_000_000_000
LARGEST_USD = Decimal(1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCall:
    """One call of the past; `cost_picos` is None where the file says no cost."""

    id: UUID
    at: datetime
    outcome: Outcome
    status: int
    model: str
    team: str
    feature: str
    environment: str
    customer: str
    error: str
    duration_ms: int
    first_token_ms: int
    input_tokens: int
    output_tokens: int
    cost_picos: int | None


def read_calls(content: bytes, *, api_id: UUID, now: datetime) -> tuple[PastCall, ...]:
    """Every call of a file; FileRefused names the first line that does not fit, and then nothing is taken."""
    if len(content) > LARGEST_BYTES:
        raise FileRefused(f"The file has over {LARGEST_BYTES // 1024 // 1024} MB.", next_step="Cut it into parts.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused("The file is not text in UTF-8.") from error
    digest = hashlib.sha256(content).hexdigest()
    rows = _lines(text) if text.lstrip()[:1] == "{" else _table(text)
    found: list[PastCall] = []
    for line, row in rows:
        if len(found) >= MOST_CALLS:
            raise FileRefused(f"The file has over {MOST_CALLS:,} calls.", next_step="Cut it into parts.")
        found.append(_call(row, line, id_=uuid.uuid5(api_id, f"{digest}:{line}"), now=now))
    if not found:
        raise FileRefused("There is no call in the file.", next_step=f"The columns are {', '.join(COLUMNS)}.")
    return tuple(found)


def outcome_of(status: int) -> Outcome:
    """How a call ended, as far as its status tells."""
    known = {
        0: Outcome.UNREACHABLE,
        401: Outcome.KEY_REFUSED,
        402: Outcome.QUOTA_EXHAUSTED,
        403: Outcome.KEY_REFUSED,
        429: Outcome.THROTTLED,
        503: Outcome.OVERLOADED,
        504: Outcome.TIMEOUT,
        529: Outcome.OVERLOADED,
    }
    if status in known:
        return known[status]
    return Outcome.PROVIDER_ERROR if status >= 500 else Outcome.BAD_REQUEST if status >= 400 else Outcome.OK


def _lines(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise FileRefused(f"Line {number} is not JSON.", line=number) from error
        if not isinstance(row, dict):
            raise FileRefused(f"Line {number} is no object.", line=number)
        yield number, {str(name): "" if value is None else str(value) for name, value in row.items()}


def _table(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if "at" not in (reader.fieldnames or ()):
        raise FileRefused("The first line does not name the columns.", next_step=f"The columns are {', '.join(COLUMNS)}.")
    try:
        for row in reader:
            yield reader.line_num, {name: value or "" for name, value in row.items() if isinstance(name, str)}
    except csv.Error as error:
        raise FileRefused(f"Line {reader.line_num} cannot be read: {error}.", line=reader.line_num) from error


def _call(row: Mapping[str, str], line: int, *, id_: UUID, now: datetime) -> PastCall:
    status = _number(row, "status", line) if row.get("status", "").strip() else None
    outcome = _outcome(row.get("outcome", "").strip(), status, line)
    cost = row.get("cost_usd", "").strip()
    return PastCall(
        id=id_,
        at=_moment(row.get("at", ""), line, now),
        outcome=outcome,
        status=status if status is not None else 200 if outcome is Outcome.OK else 0,
        model=_word(row, "model"),
        team=_word(row, "team"),
        feature=_word(row, "feature"),
        environment=_word(row, "environment"),
        customer=_word(row, "customer"),
        error=row.get("error", "").strip()[:500],
        duration_ms=_number(row, "duration_ms", line),
        first_token_ms=_number(row, "first_token_ms", line),
        input_tokens=_number(row, "input_tokens", line),
        output_tokens=_number(row, "output_tokens", line),
        cost_picos=_cost(cost, line) if cost else None,
    )


def _moment(text: str, line: int, now: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise FileRefused(
            f"Line {line}: “{text[:40]}” is no time.", line=line, next_step="Write it as 2026-10-25T08:00:00Z."
        ) from error
    at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    if not now - OLDEST <= at <= now + timedelta(minutes=5):
        raise FileRefused(f"Line {line}: {at:%Y-%m-%d} is too long ago, or to come.", line=line)
    return at


def _outcome(text: str, status: int | None, line: int) -> Outcome:
    if not text:
        return outcome_of(200 if status is None else status)
    if text not in set(Outcome):
        raise FileRefused(f"Line {line}: “{text[:40]}” is no outcome.", line=line, next_step=f"Use one of {', '.join(Outcome)}.")
    return Outcome(text)


def _number(row: Mapping[str, str], name: str, line: int) -> int:
    text = row.get(name, "").strip() or "0"
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise FileRefused(f"Line {line}: {name} is no number.", line=line) from error
    most = 999 if name == "status" else LARGEST_NUMBER
    if not value.is_finite() or not 0 <= value <= most:
        raise FileRefused(f"Line {line}: {name} is not between 0 and {most}.", line=line)
    return int(value)


def _cost(text: str, line: int) -> int:
    try:
        value = Decimal(text.removeprefix("$"))
    except InvalidOperation as error:
        raise FileRefused(f"Line {line}: cost_usd is no amount.", line=line) from error
    if not value.is_finite() or not 0 <= value <= LARGEST_USD:
        raise FileRefused(f"Line {line}: cost_usd is not between 0 and a million.", line=line)
    return picos_of(value)


def _word(row: Mapping[str, str], name: str) -> str:
    return "".join(sign for sign in row.get(name, "").strip() if sign.isprintable())[:120]
