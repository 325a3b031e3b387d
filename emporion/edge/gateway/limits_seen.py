"""What an answer's headers say of the provider's limits, in every dialect that is in use."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

UNKNOWN = -1
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|us|µs|ns|d|h|m|s)")
_SECONDS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_EPOCH = 1_000_000_000  # from here on a number is an instant, below it is a duration
_MEMBER = re.compile(r'(?:^|,)\s*(?:"([^"]*)"|([A-Za-z0-9_-]+))?\s*((?:;[^,]*)?)')
_LARGEST = 2**62
_LONGEST_VALUE = 200  # an upstream's header must not be what everybody's calls wait for: patterns look at no more than this


@dataclass(slots=True, kw_only=True)
class LimitsSeen:
    """Requests and tokens: how many are allowed and left; when the tighter one is whole again; -1 is unknown."""

    limit_requests: int = UNKNOWN
    left_requests: int = UNKNOWN
    limit_tokens: int = UNKNOWN
    left_tokens: int = UNKNOWN
    reset_ms: int = UNKNOWN
    retry_after_ms: int = UNKNOWN


def limits_seen(headers: Iterable[tuple[bytes, bytes]], now: datetime) -> LimitsSeen:
    """Reads the headers of one answer; what cannot be read is unknown, and Azure's -1 and 0 of 0 are that, too."""
    seen = LimitsSeen()
    for name, value in headers:
        if name in {b"retry-after", b"retry-after-ms"} or b"ratelimit" in name:
            _take(seen, name.decode("latin-1"), value[:_LONGEST_VALUE].decode("latin-1").strip(), now)
    if seen.limit_requests == 0:
        seen.limit_requests = seen.left_requests = UNKNOWN
    if seen.limit_tokens == 0:
        seen.limit_tokens = seen.left_tokens = UNKNOWN
    return seen


def _take(seen: LimitsSeen, name: str, value: str, now: datetime) -> None:
    if name == "retry-after-ms":
        seen.retry_after_ms = _whole(value)
    elif name == "retry-after":
        if seen.retry_after_ms == UNKNOWN:
            seen.retry_after_ms = moment_ms(value, now)
    elif name == "ratelimit":
        _take_ietf(seen, value)
    elif name == "ratelimit-policy":
        _take_policy(seen, value)
    else:
        _take_plain(seen, name, value, now)


def _take_plain(seen: LimitsSeen, name: str, value: str, now: datetime) -> None:
    """OpenAI's, Anthropic's and everybody's `…ratelimit…-{limit,remaining,reset}…`."""
    of_tokens = "token" in name
    if "reset" in name:
        found = moment_ms(value, now)
        if found != UNKNOWN and "unified" not in name:
            seen.reset_ms = max(seen.reset_ms, found)
    elif "remaining" in name:
        left = _whole(value)
        if of_tokens:
            seen.left_tokens = _tighter(seen.left_tokens, left)
        else:
            seen.left_requests = _tighter(seen.left_requests, left)
    elif "limit" in name.replace("ratelimit", ""):
        limit = _whole(value)
        if of_tokens:
            seen.limit_tokens = _tighter(seen.limit_tokens, limit)
        else:
            seen.limit_requests = _tighter(seen.limit_requests, limit)


def _tighter(known: int, found: int) -> int:
    if found == UNKNOWN:
        return known
    return found if known == UNKNOWN else min(known, found)


def _take_ietf(seen: LimitsSeen, value: str) -> None:
    """`"default";r=50;t=30`, of the drafts since 2024; older ones said `limit=100, remaining=50, reset=5`."""
    if "remaining=" in value:
        pairs = dict(part.strip().split("=", 1) for part in value.split(",") if "=" in part)
        seen.limit_requests = _whole(pairs.get("limit", ""))
        seen.left_requests = _whole(pairs.get("remaining", ""))
        seen.reset_ms = _milliseconds(_whole(pairs.get("reset", "")))
        return
    for name, parameters in _members(value):
        left = _whole(parameters.get("r", ""))
        if "token" in name:
            seen.left_tokens = _tighter(seen.left_tokens, left)
        else:
            seen.left_requests = _tighter(seen.left_requests, left)
        seen.reset_ms = max(seen.reset_ms, _milliseconds(_whole(parameters.get("t", ""))))


def _take_policy(seen: LimitsSeen, value: str) -> None:
    for name, parameters in _members(value):
        limit = _whole(parameters.get("q", ""))
        if "token" in name:
            seen.limit_tokens = _tighter(seen.limit_tokens, limit)
        else:
            seen.limit_requests = _tighter(seen.limit_requests, limit)


def _members(value: str) -> Iterable[tuple[str, dict[str, str]]]:
    for match in _MEMBER.finditer(value):
        parameters = dict(part.strip().split("=", 1) for part in match[3].split(";") if "=" in part)
        if parameters:
            yield (match[1] or match[2] or "").lower(), parameters


def _whole(text: str) -> int:
    text = text.strip().split(";")[0].split(",")[0].strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else UNKNOWN


def _milliseconds(seconds: int) -> int:
    return UNKNOWN if seconds == UNKNOWN else min(_LARGEST, seconds * 1_000)


def moment_ms(text: str, now: datetime) -> int:
    """How long until then, in milliseconds: seconds, `6m0s`, an epoch, RFC 3339 or an HTTP date; -1 where it is none of them."""
    text = text.strip()
    try:
        number = float(text)
    except ValueError:
        return _spoken_ms(text, now)
    if not 0 <= number < _LARGEST:
        return UNKNOWN
    if number >= _EPOCH * 1_000:
        number /= 1_000
    return max(0, round((number - now.timestamp() if number >= _EPOCH else number) * 1_000))


def _spoken_ms(text: str, now: datetime) -> int:
    pieces = _DURATION.findall(text)
    if pieces and "".join(number + unit for number, unit in pieces) == text:
        return min(_LARGEST, round(sum(float(number) * _SECONDS[unit] for number, unit in pieces) * 1_000))
    try:
        moment = datetime.fromisoformat(text) if text[:4].isdigit() else parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return UNKNOWN
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0, round((moment - now).total_seconds() * 1_000))
