"""What the gateway itself refuses, said in the dialect of the API that was asked, so that its SDK raises the error it knows."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from emporion.edge.gateway.asking import MOST_NAMES
from emporion.edge.gateway.outcomes import UNCURED, Verdict
from emporion.edge.transport import Header
from emporion.edge.types import Answer
from emporion.gateway.routing.types import Outcome, Protocol

_encode = msgspec.json.Encoder().encode
_JSON: Header = (b"content-type", b"application/json")
_PROBLEM: Header = (b"content-type", b"application/problem+json")
_OURS: Header = (b"x-emporion-refused", b"gateway")
_ANTHROPIC_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}
_OPENAI_TYPES = {
    401: "invalid_request_error",
    403: "invalid_request_error",
    429: "requests",
    502: "server_error",
    503: "server_error",
    504: "server_error",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What is refused, why, and what to do now. `retry_seconds` is when trying again helps; None says that it does not."""

    status: int
    code: str
    title: str
    next_step: str
    outcome: Outcome = Outcome.BAD_REQUEST
    retry_seconds: float | None = None
    headers: tuple[Header, ...] = ()

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        return f"{self.title} {self.next_step}"


def answer_of(refusal: Refusal, protocol: Protocol) -> Answer:
    """The refusal as the SDK of this protocol reads it."""
    again = refusal.retry_seconds is not None
    headers: list[Header] = [_OURS, (b"x-should-retry", b"true" if again else b"false"), *refusal.headers]
    if refusal.retry_seconds is not None:
        headers.append((b"retry-after", str(max(1, math.ceil(refusal.retry_seconds))).encode()))
    if refusal.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="Emporion"'))
    if protocol is Protocol.OPENAI:
        kind = "insufficient_quota" if refusal.outcome is Outcome.BUDGET_SPENT else _OPENAI_TYPES.get(refusal.status)
        error = {"message": refusal.sentence, "type": kind or "invalid_request_error", "param": None, "code": refusal.code}
        return Answer(status=refusal.status, headers=(_JSON, *headers), body=_encode({"error": error}))
    if protocol is Protocol.ANTHROPIC:
        kind = _ANTHROPIC_TYPES.get(refusal.status, "api_error" if refusal.status >= 500 else "invalid_request_error")
        told = {"type": "error", "error": {"type": kind, "message": refusal.sentence, "code": refusal.code}}
        return Answer(status=refusal.status, headers=(_JSON, *headers), body=_encode(told))
    body = {
        "type": "about:blank",
        "title": refusal.title,
        "status": refusal.status,
        "code": refusal.code,
        "next_step": refusal.next_step,
    }
    return Answer(status=refusal.status, headers=(_PROBLEM, *headers), body=_encode(body))


def dialect_of(name: str, headers: Mapping[bytes, bytes]) -> Protocol:
    """Which SDK asks, as far as it shows before the API is known."""
    if name == "anthropic" or b"anthropic-version" in headers:
        return Protocol.ANTHROPIC
    return Protocol.OPENAI if name == "openai" else Protocol.HTTP


NO_KEY = Refusal(
    status=401,
    code="invalid_api_key",
    title="The gateway does not know this key.",
    next_step="Use a key of the gateway (it begins with emp_) as the API key; make one on the page Gateway of your project.",
    outcome=Outcome.KEY_REFUSED,
)
KEY_EXPIRED = Refusal(
    status=401,
    code="key_expired",
    title="This key of the gateway has expired.",
    next_step="Make a new one on the page Gateway of your project.",
    outcome=Outcome.KEY_REFUSED,
)
NOT_READY = Refusal(
    status=503,
    code="gateway_not_ready",
    title="The gateway has not been told yet which keys and APIs there are.",
    next_step="Try again in a moment; if this lasts, start `emporion serve` or `emporion web` once beside it.",
    retry_seconds=2,
)
NO_ADDRESS = Refusal(
    status=404,
    code="unknown_address",
    title="This address names no API.",
    next_step="Call /gateway/<name of an API of your project>/<path of that API>.",
)
CLIMBS = Refusal(
    status=400,
    code="path_leaves_api",
    title="This path steps above the API that it names.",
    next_step="Send the path without `..`, however it is written; what belongs into a name is sent in the query or in the body.",
)
TOO_LARGE = Refusal(
    status=413,
    code="request_too_large",
    title="The request is too large.",
    next_step="Send at most 32 MB at once.",
    headers=((b"connection", b"close"),),
)
TOO_MANY_NAMES = Refusal(
    status=400,
    code="too_many_names",
    title="The question names too many fields to be passed on as it has to be here.",
    next_step=f"Send at most {MOST_NAMES:,} names in an object.",
)
FULL = Refusal(
    status=503,
    code="gateway_full",
    title="The gateway holds as much of its callers' questions as it can.",
    next_step="Try again in a moment.",
    outcome=Outcome.LIMITED,
    retry_seconds=1,
)
MISCONFIGURED = Refusal(
    status=502,
    code="api_unusable",
    title="The address or the key of this API cannot be used.",
    next_step="Open the settings of the API in Emporion and enter its address and key again.",
    outcome=Outcome.UNREACHABLE,
)
PAUSED = Refusal(
    status=503,
    code="api_paused",
    title="Calls of this API are paused.",
    next_step="Resume the API in its settings in Emporion.",
    outcome=Outcome.LIMITED,
)
UNCHECKED = Refusal(
    status=503,
    code="budget_unchecked",
    title="A hard budget limits this call, and what is spent of it cannot be read now.",
    next_step="Look at the folder of the data plane: it is full or not writable. Calls without a hard budget go on.",
    outcome=Outcome.BUDGET_SPENT,
    retry_seconds=5,
)


UNREADABLE = Refusal(
    status=400,
    code="question_unreadable",
    title="A hard budget limits this call, and what it asks cannot be read.",
    next_step="Send the question as a JSON object in UTF-8, with the content type application/json.",
)


def no_api(name: str) -> Refusal:
    """The project has no API of this name."""
    return Refusal(
        status=404,
        code="unknown_api",
        title=f"Your project has no API named {name[:60]!r}.",
        next_step="Register it in Emporion, or use the name that its page shows.",
    )


def not_for_this_key(name: str) -> Refusal:
    """The key opens other APIs alone."""
    return Refusal(
        status=403,
        code="key_not_for_this_api",
        title=f"This key does not open the API {name[:60]!r}.",
        next_step="Use another key, or let this one open the API on the page Gateway.",
        outcome=Outcome.KEY_REFUSED,
    )


_SILENCE = {
    Outcome.TIMEOUT: (504, "upstream_timeout", "did not answer in time"),
    Outcome.CUT_SHORT: (502, "upstream_cut_short", "broke off its answer"),
    Outcome.MALFORMED: (502, "upstream_malformed", "answered with something that is not HTTP"),
    Outcome.UNREACHABLE: (502, "upstream_unreachable", "cannot be reached"),
}


def of_silence(verdict: Verdict, name: str, wait_seconds: float) -> Refusal:
    """An API that gave no answer at all: what is known of why."""
    if verdict.code == "circuit_open":
        return Refusal(
            status=503,
            code="circuit_open",
            title=f"The API {name} failed every time; the gateway leaves it alone for a moment.",
            next_step="Try again when Retry-After has passed, or set a route to another API on the page Gateway of your project.",
            outcome=verdict.outcome,
            retry_seconds=max(1.0, wait_seconds),
        )
    status, code, happened = _SILENCE.get(verdict.outcome, (502, "upstream_failed", "failed"))
    if verdict.code == "address":
        step = "Its address is not a public one: the operator can allow it with EMPORION_OUTBOUND_ALLOW."
    elif verdict.code == "certificate":
        step = f"Its certificate is not valid ({verdict.message.partition(': ')[2]}): only the provider can mend that."
    else:
        step = "Try again, and look at the API's page in Emporion for what others see of it."
    return Refusal(
        status=status,
        code=code,
        title=f"The API {name} {happened}.",
        next_step=step,
        outcome=verdict.outcome,
        retry_seconds=None if verdict.code in UNCURED else 1,
    )
