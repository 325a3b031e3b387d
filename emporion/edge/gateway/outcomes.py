"""How a call ended, told apart by who has to act; pure, so that each dialect of each provider is one line of a test.

Sources: the providers' own documentation of errors (OpenAI, Anthropic, Azure), and what they do in practice: 200 with an error
inside, HTML from the network in front of them, an event stream that stops in the middle.
"""

import re
from dataclasses import dataclass

import msgspec

from emporion.gateway.routing.types import THEIRS, Outcome, Protocol

# Only money, or a person at the provider's console, cures these: waiting never does.
EXHAUSTED = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "billing_hard_limit_reached",
        "billing_not_active",
        "billing_error",
        "quota_exceeded",
        "insufficient_balance",
        "insufficient_credits",
        "payment_required",
        "access_terminated",
    }
)
_EXHAUSTED_WORDS = re.compile(
    rb"credit balance is too low|exceeded your current quota|insufficient (?:balance|credit|funds|quota)|out of credits"
    rb"|spend(?:ing)? limit|billing (?:hard )?limit|purchase (?:more )?credits|usage limits?\. you will regain",
    re.IGNORECASE,
)
_KEY_CODES = frozenset({"invalid_api_key", "authentication_error", "permission_error", "invalid_authentication", "unauthorized"})
_OVERLOAD_CODES = frozenset({"overloaded_error", "overloaded", "engine_overloaded", "server_overloaded", "slow_down"})
_THROTTLE_CODES = frozenset(
    {"rate_limit_error", "rate_limit_exceeded", "rate_limit_reached", "too_many_requests", "tokens", "requests", "throttled"}
)
_THEIR_CODES = frozenset({"server_error", "api_error", "internal_error", "internal_server_error", "timeout_error"})
_OVERLOAD_WORDS = re.compile(rb"overloaded|over capacity|at capacity|currently unavailable due to (?:high )?load", re.IGNORECASE)
_MARKUP = re.compile(rb"\s*(?:<!doctype|<html|<\?xml|<head|<body)", re.IGNORECASE)
_SECRET = re.compile(r"\b(?:sk|rk|pk|xai|gsk|key|emp|whsec|AIza)[-_*A-Za-z0-9]{6,}|(?i:bearer)\s+\S+|[A-Za-z0-9_-]{40,}")
# Faults without an answer that trying again never cures: an address that is refused, a certificate that is not valid.
UNCURED = frozenset({"address", "certificate"})
LONGEST_MESSAGE = 300
_LOOKED_AT = 8_000
# Whoever asks for few tokens may get none of them as text: models that think first spend them on that.
MAY_SAY_NOTHING = frozenset({"length", "max_tokens", "incomplete"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What an answer says went wrong, in the provider's own words."""

    code: str = ""
    kind: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a call ended, and the shortest words for why."""

    outcome: Outcome
    code: str = ""
    message: str = ""


class _Error(msgspec.Struct):
    message: str | None = None
    type: str | None = None
    code: str | int | None = None
    status: str | int | None = None
    detail: str | None = None


class _Failure(msgspec.Struct):
    error: _Error | str | None = None
    message: str | None = None
    detail: msgspec.Raw | None = None
    title: str | None = None
    code: str | int | None = None
    type: str | None = None


_failure = msgspec.json.Decoder(_Failure).decode


def fault_in(body: bytes) -> Fault:
    """The error that a body describes, in OpenAI's, Anthropic's, Google's or RFC 9457's way; empty where it does not."""
    try:
        found = _failure(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Fault()
    if isinstance(found.error, _Error):
        error = found.error
        code = error.code if error.code is not None else error.status
        return Fault(
            code=str(code if code is not None else ""), kind=error.type or "", message=error.message or error.detail or ""
        )
    if isinstance(found.error, str):
        return Fault(code=str(found.code or found.error), message=found.message or found.error)
    code = "" if found.code is None else str(found.code)
    return Fault(code=code, kind=found.type or "", message=found.message or found.title or "")


def is_markup(body: bytes) -> bool:
    """Whether a body is a page for people: something in front of the API answered in its place."""
    return _MARKUP.match(body[:200]) is not None


def scrubbed(message: str, *, secret: str = "") -> str:
    """A message without what looks like a key: providers quote the one that they refuse."""
    if len(message) > _LOOKED_AT:  # up to a whole word, so that no half of a key escapes
        message = message[:_LOOKED_AT].rpartition(" ")[0]
    if secret:
        message = message.replace(secret, "…")
    return _SECRET.sub("…", " ".join(message.split()))[:LONGEST_MESSAGE]


def of_refusal(status: int, body: bytes, protocol: Protocol) -> Verdict:
    """The verdict on an answer of 400 and above."""
    fault = fault_in(body)
    names = {fault.code.lower(), fault.kind.lower()} - {""}
    code = fault.code or fault.kind or f"http_{status}"
    return Verdict(outcome=_of_status(status, names, body, protocol), code=code[:200], message=fault.message)


_BY_STATUS = {
    401: Outcome.KEY_REFUSED,
    403: Outcome.KEY_REFUSED,
    407: Outcome.KEY_REFUSED,
    408: Outcome.TIMEOUT,
    429: Outcome.THROTTLED,
    504: Outcome.TIMEOUT,
    529: Outcome.OVERLOADED,
    # The network in front could not reach the provider
    521: Outcome.UNREACHABLE,
    522: Outcome.TIMEOUT,
    523: Outcome.UNREACHABLE,
    524: Outcome.TIMEOUT,
    525: Outcome.UNREACHABLE,
    526: Outcome.UNREACHABLE,
    530: Outcome.UNREACHABLE,
}


def _of_status(status: int, names: set[str], body: bytes, protocol: Protocol) -> Outcome:
    start = body[:4_096]
    if status == 402 or names & EXHAUSTED or (status in {400, 403, 429} and _EXHAUSTED_WORDS.search(start)):
        return Outcome.QUOTA_EXHAUSTED
    if names & _OVERLOAD_CODES and (status == 429 or status >= 500):
        return Outcome.OVERLOADED
    if status == 503 and (protocol is not Protocol.HTTP or _OVERLOAD_WORDS.search(start)):
        return Outcome.OVERLOADED
    return _BY_STATUS.get(status, Outcome.PROVIDER_ERROR if status >= 500 else Outcome.BAD_REQUEST)


def of_fault_inside(fault: Fault) -> Verdict:
    """The verdict on an error that came inside an answer which began with 200."""
    names = {fault.code.lower(), fault.kind.lower()}
    text = fault.message.encode()
    if names & EXHAUSTED or _EXHAUSTED_WORDS.search(text):
        outcome = Outcome.QUOTA_EXHAUSTED
    elif names & _OVERLOAD_CODES or _OVERLOAD_WORDS.search(text):
        outcome = Outcome.OVERLOADED
    elif names & _THROTTLE_CODES:
        outcome = Outcome.THROTTLED
    elif names & _KEY_CODES:
        outcome = Outcome.KEY_REFUSED
    elif any("invalid" in name and "request" in name for name in names):
        outcome = Outcome.BAD_REQUEST
    else:
        outcome = Outcome.PROVIDER_ERROR
    return Verdict(outcome=outcome, code=(fault.code or fault.kind)[:200], message=fault.message)


def of_answer(body: bytes, protocol: Protocol, *, is_json: bool, has_content: bool, fault: Fault) -> Verdict:
    """The verdict on a whole answer of 200 to a question that asks for content.

    `is_json`: its body could be read as the object that the protocol has. Of other APIs than models nothing is known: whatever
    they say is an answer, but nothing at all where an object was promised is not.
    """
    if protocol is Protocol.HTTP:
        return Verdict(outcome=Outcome.OK)
    if fault.code or fault.message:
        return of_fault_inside(fault)
    if not body.strip():
        return Verdict(outcome=Outcome.EMPTY, code="empty_body", message="The answer has no body.")
    if not is_json:
        code = "html" if is_markup(body) else "not_json"
        return Verdict(outcome=Outcome.MALFORMED, code=code, message="The answer is not what the protocol says.")
    if not has_content:
        return Verdict(outcome=Outcome.EMPTY, code="no_content", message="The answer is well-formed and says nothing.")
    return Verdict(outcome=Outcome.OK)


CAN_SUCCEED_AGAIN = frozenset(
    {
        Outcome.PROVIDER_ERROR,
        Outcome.OVERLOADED,
        Outcome.TIMEOUT,
        Outcome.UNREACHABLE,
        Outcome.CUT_SHORT,
        Outcome.MALFORMED,
        Outcome.THROTTLED,
    }
)
# What another API may do better: everything but a request that no API would take.
CAN_SUCCEED_ELSEWHERE = THEIRS | {Outcome.THROTTLED, Outcome.QUOTA_EXHAUSTED, Outcome.KEY_REFUSED}
