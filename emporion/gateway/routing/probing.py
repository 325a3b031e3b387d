"""One real call to an API that is to be registered, so that a wrong key or address is named before anybody depends on it."""

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
import msgspec

from emporion.gateway.routing.errors import ApiInvalid, ApiUnreachable, KeyRefused, WrongAddress
from emporion.gateway.routing.types import Protocol
from emporion.plumbing.errors import AddressRefused, AddressUnreachable, AnswerTooLarge
from emporion.plumbing.outbound import Fetched, Request, fetch

SECONDS = 10.0
LARGEST_ANSWER = 4_000_000
LONGEST_QUOTE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What to ask of which API; `path` empty asks for its address alone."""

    base_url: str
    path: str = ""
    protocol: Protocol = Protocol.HTTP
    secret: str = ""
    auth_header: str = ""
    auth_prefix: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The API answered; `warning` names what will stop its calls all the same."""

    status: int
    warning: str = ""


def probe(trial: Trial) -> Finding:
    """Asks once; KeyRefused, WrongAddress, ApiUnreachable or ApiInvalid say what is wrong."""
    headers = {**trial.headers, "Accept": "application/json"}
    if trial.secret and trial.auth_header:
        headers[trial.auth_header] = f"{trial.auth_prefix}{trial.secret}"
    if not all(value.isascii() and value.isprintable() for value in headers.values()):
        raise KeyRefused("The key has signs that no key has.", field="secret")
    request = Request(url=f"{trial.base_url}{trial.path}", headers=headers, seconds=SECONDS, max_bytes=LARGEST_ANSWER)
    return _judged(trial, _answer(request))


def _answer(request: Request) -> Fetched:
    host = urlsplit(request.url).hostname or request.url
    try:
        return fetch(request)
    except AddressRefused as error:
        raise ApiInvalid(
            "The address leads into a private network, which is not called from here.",
            field="base_url",
            next_step=f"Ask the operator to allow it: EMPORION_OUTBOUND_ALLOW={host}",
        ) from error
    except AnswerTooLarge as error:
        raise WrongAddress("The answer is far larger than that of an API.", field="base_url") from error
    except AddressUnreachable as error:
        raise ApiUnreachable(_reason(error, host), field="base_url") from error


def _reason(error: AddressUnreachable, host: str) -> str:
    cause = error.__cause__
    if isinstance(cause, socket.gaierror | UnicodeError):
        return f"There is no server of the name {host}."
    if isinstance(cause, httpx.TimeoutException):
        return f"{host} did not answer within {SECONDS:.0f} seconds."
    if isinstance(cause, ssl.SSLError) or "CERTIFICATE" in str(cause):
        return f"The certificate of {host} is not valid."
    if isinstance(cause, httpx.ConnectError):
        return f"{host} does not take connections."
    return f"{host} broke off in the middle of its answer."


def _judged(trial: Trial, answer: Fetched) -> Finding:
    """What the status means; a provider that says why is quoted."""
    said = _said(answer, trial.secret)
    if answer.status in {401, 403} or (not trial.path and answer.status == 407):
        raise KeyRefused(
            f"The provider refuses this key: {said}" if said else "", field="secret", status=answer.status, said=said
        )
    if trial.path and b'"is_logged_in":false' in answer.body.replace(b" ", b""):
        raise KeyRefused(field="secret", status=answer.status, said="is_logged_in: false")
    if answer.status == 429:
        return Finding(status=answer.status, warning=said or "The provider says that its limit is reached.")
    if answer.status == 402:
        return Finding(status=answer.status, warning=said or "The provider says that nothing is left to spend.")
    if answer.status >= 500:
        raise ApiUnreachable(f"The API answers with an error of its own ({answer.status}).", field="base_url", said=said)
    if trial.path and answer.status >= 400:
        raise WrongAddress(field="base_url", status=answer.status, said=said)
    if trial.path and trial.protocol is not Protocol.HTTP and not _is_json(answer):
        raise WrongAddress("What answers there is a web page, not an API.", field="base_url", status=answer.status)
    return Finding(status=answer.status)


def _is_json(answer: Fetched) -> bool:
    try:
        return isinstance(msgspec.json.decode(answer.body), dict)
    except msgspec.DecodeError:
        return False


def _said(answer: Fetched, secret: str) -> str:
    """What the provider wrote as the reason, in its words; never the key, which some repeat."""
    try:
        body = msgspec.json.decode(answer.body)
    except msgspec.DecodeError:
        return ""
    error = body.get("error", body) if isinstance(body, dict) else {}
    text = error.get("message") or error.get("error_description") or "" if isinstance(error, dict) else error
    quote = text if isinstance(text, str) else ""
    return (quote.replace(secret, "…") if secret else quote)[:LONGEST_QUOTE].strip()
