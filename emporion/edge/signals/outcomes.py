"""How a traced call ended, from a status and the name of an error: who has to act, the provider, we, or nobody."""

import re

from emporion.gateway.routing.types import Outcome

_QUOTA = re.compile(r"insufficient.?quota|quota.?(?:exceeded|exhausted)|credit.?balance|spend.?limit|billing", re.IGNORECASE)
# The first that fits; names of exceptions of the usual clients, and the words that providers use as codes.
_BY_NAME = tuple(
    (re.compile(pattern, re.IGNORECASE), outcome)
    for pattern, outcome in (
        (r"cancel|abort|client.?disconnect|client.?closed", Outcome.CLIENT_GONE),
        (r"rate.?limit|too.?many.?requests|throttl", Outcome.THROTTLED),
        (r"time.?d?.?out|deadline", Outcome.TIMEOUT),
        (r"authentication|unauthori[sz]ed|permission|forbidden|invalid.?api.?key|access.?denied", Outcome.KEY_REFUSED),
        (r"incomplete.?read|remote.?protocol|chunked|stream.?(?:error|closed)|content.?length", Outcome.CUT_SHORT),
        (r"connect|dns|gaierror|name.?resol|unknown.?host|ssl|tls|certificate|unreachable|socket|network", Outcome.UNREACHABLE),
        (r"overloaded|unavailable", Outcome.OVERLOADED),
        (r"json|decode|parse|validation", Outcome.MALFORMED),
        (
            r"bad.?request|invalid|not.?found|unprocessable|conflict|too.?large|context.?length|content.?(?:filter|policy)",
            Outcome.BAD_REQUEST,
        ),
    )
)
_BY_STATUS = {
    401: Outcome.KEY_REFUSED,
    402: Outcome.QUOTA_EXHAUSTED,
    403: Outcome.KEY_REFUSED,
    408: Outcome.TIMEOUT,
    429: Outcome.THROTTLED,
    499: Outcome.CLIENT_GONE,
    503: Outcome.OVERLOADED,
    504: Outcome.TIMEOUT,
    529: Outcome.OVERLOADED,
}


def outcome_of(*, status: int, error: str, message: str, has_failed: bool) -> Outcome:
    """The outcome. `error` is `error.type`, which may be a status, a code or an exception's name; `message` only tells quotas."""
    if not status and error.isascii() and error.isdigit() and len(error) == 3:
        status, error = int(error), ""
    if status >= 400:
        return _by_status(status, f"{error} {message}")
    if not error and not has_failed:
        return Outcome.OK
    if _QUOTA.search(error):
        return Outcome.QUOTA_EXHAUSTED
    for pattern, outcome in _BY_NAME:
        if pattern.search(error) or (error in {"", "_OTHER"} and pattern.search(message)):
            return outcome
    # An answer that began well and ended in an error died on its way; without any answer it is the provider's failure.
    return Outcome.CUT_SHORT if 200 <= status < 300 else Outcome.PROVIDER_ERROR


def _by_status(status: int, words: str) -> Outcome:
    if status in {400, 429} and _QUOTA.search(words):
        return Outcome.QUOTA_EXHAUSTED
    return _BY_STATUS.get(status, Outcome.BAD_REQUEST if status < 500 else Outcome.PROVIDER_ERROR)
