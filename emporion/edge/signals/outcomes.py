"""How a traced call ended, from a status and the name of an error: who has to act, the provider, we, or nobody."""

import re

from emporion.gateway.routing.types import Outcome

_QUOTA = re.compile(r"insufficient.?quota|quota.?(?:exceeded|exhausted)|credit.?balance|spend.?limit|billing", re.IGNORECASE)
_OVERLOADED = frozenset({503, 529})
# The first that fits; names of exceptions of the usual clients, and the words that providers use as codes.
_BY_NAME = (
    (re.compile(r"cancel|abort|client.?disconnect|client.?closed", re.IGNORECASE), Outcome.CLIENT_GONE),
    (re.compile(r"rate.?limit|too.?many.?requests|throttl", re.IGNORECASE), Outcome.THROTTLED),
    (re.compile(r"time.?d?.?out|deadline", re.IGNORECASE), Outcome.TIMEOUT),
    (
        re.compile(r"authentication|unauthori[sz]ed|permission|forbidden|invalid.?api.?key|access.?denied", re.IGNORECASE),
        Outcome.KEY_REFUSED,
    ),
    (re.compile(r"incomplete.?read|remote.?protocol|chunked|stream.?(?:error|closed)|content.?length", re.IGNORECASE), Outcome.CUT_SHORT),
    (
        re.compile(r"connect|dns|gaierror|name.?resol|unknown.?host|ssl|tls|certificate|unreachable|socket|network", re.IGNORECASE),
        Outcome.UNREACHABLE,
    ),
    (re.compile(r"overloaded|unavailable", re.IGNORECASE), Outcome.OVERLOADED),
    (re.compile(r"json|decode|parse|validation", re.IGNORECASE), Outcome.MALFORMED),
    (
        re.compile(r"bad.?request|invalid|not.?found|unprocessable|conflict|too.?large|context.?length|content.?(?:filter|policy)", re.IGNORECASE),
        Outcome.BAD_REQUEST,
    ),
)


def outcome_of(*, status: int, error: str, message: str, has_failed: bool) -> Outcome:
    """The outcome. `error` is `error.type`, which may be a status, a code or an exception's name; `message` only tells quotas."""
    if not status and error.isdigit() and len(error) == 3:
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
    if status in {401, 403}:
        return Outcome.KEY_REFUSED
    if status == 402 or (status in {400, 429} and _QUOTA.search(words)):
        return Outcome.QUOTA_EXHAUSTED
    if status == 429:
        return Outcome.THROTTLED
    if status in {408, 504}:
        return Outcome.TIMEOUT
    if status == 499:
        return Outcome.CLIENT_GONE
    if status < 500:
        return Outcome.BAD_REQUEST
    return Outcome.OVERLOADED if status in _OVERLOADED else Outcome.PROVIDER_ERROR
