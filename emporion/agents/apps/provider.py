"""The apps' way to the OpenID provider: the documented endpoints and nothing else.

The provider is this installation, so requests go to it in this process and not over the network, where its public address may
not be reachable from inside. What is said is the same to the byte: an app could as well run elsewhere.
"""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlencode
from uuid import UUID
from wsgiref.types import StartResponse

import httpx
import jwt
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse

from emporion.agents.apps.actions import client_id, redirect_uri
from emporion.agents.apps.errors import SignInFailed
from emporion.agents.apps.types import AppKind, Entry

SCOPES = "openid profile email organisation"
LEEWAY_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What the provider gave for a code."""

    access_token: str
    id_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What the provider says of a person now."""

    subject: str
    name: str
    email: str
    organisations: tuple[Entry, ...]


def authorization_url(kind: AppKind, *, state: str, nonce: str, verifier: str) -> str:
    """Where to send a person to sign in."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": client_id(kind),
        "redirect_uri": redirect_uri(kind),
        "scope": SCOPES,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{settings.SITE_URL}/identity/o/authorize?{urlencode(query)}"


def exchange(kind: AppKind, *, code: str, verifier: str) -> Tokens:
    """The tokens for a code; `SignInFailed` when the provider refuses it."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri(kind),
        "client_id": client_id(kind),
        "code_verifier": verifier,
    }
    with _client() as http:
        answer = http.post("/identity/o/api/token", data=form)
    if answer.status_code != httpx.codes.OK:
        raise SignInFailed
    body = answer.json()
    return Tokens(access_token=str(body["access_token"]), id_token=str(body["id_token"]))


def subject_of(kind: AppKind, tokens: Tokens, *, nonce: str) -> str:
    """Whom the ID token names, once its signature, issuer, audience, age and nonce are checked."""
    with _client() as http:
        keys = jwt.PyJWKSet.from_dict(http.get("/.well-known/jwks.json").json())
    try:
        header = jwt.get_unverified_header(tokens.id_token)
        key = next(one for one in keys.keys if one.key_id == header.get("kid"))
        claims = jwt.decode(
            tokens.id_token,
            key=key.key,
            algorithms=["RS256"],
            audience=client_id(kind),
            issuer=settings.SITE_URL,
            leeway=LEEWAY_SECONDS,
        )
    except (jwt.PyJWTError, StopIteration) as error:
        raise SignInFailed from error
    if claims.get("nonce") != nonce:
        raise SignInFailed
    return str(claims["sub"])


def user_info(access_token: str) -> Claims | None:
    """What the provider says now; `None` when the token is not valid any more."""
    with _client() as http:
        answer = http.get("/identity/o/api/userinfo", headers={"Authorization": f"Bearer {access_token}"})
    if answer.status_code != httpx.codes.OK:
        return None
    body = answer.json()
    return Claims(
        subject=str(body["sub"]),
        name=str(body.get("name") or body.get("email") or ""),
        email=str(body.get("email") or ""),
        organisations=tuple(Entry(id=UUID(one["id"]), name=one["name"]) for one in body.get("organisations", ())),
    )


class _InProcess(BaseHandler):
    """Answers inside another request. It sends none of Django's signals of a request's start and end: those would close the
    database connection that the outer request still uses.
    """

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware()

    def __call__(self, environ: dict[str, object], start_response: StartResponse) -> list[bytes]:
        """Answer one request, whole."""
        response = self.get_response(WSGIRequest(environ))
        assert isinstance(response, HttpResponse), "the provider's answers are whole"
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return [response.content]


@cache
def _application() -> _InProcess:
    return _InProcess()


def _client() -> httpx.Client:
    return httpx.Client(transport=httpx.WSGITransport(app=_application()), base_url=settings.SITE_URL)
