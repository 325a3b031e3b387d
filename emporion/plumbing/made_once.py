"""A form that makes something makes it once, however often its button is pressed, also where no script runs.

The page gives such a form a random key (`{% once %}`). Whoever sends it first claims the key in the transaction that makes the
thing: all others wait for that, and get its answer. What comes with other content, as after going back and typing something
else, is a request of its own.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from typing import cast

from django.db import transaction
from django.http import HttpResponse, HttpResponseBase

from emporion.kernel.clock import utcnow
from emporion.plumbing.access import ActorRequest
from emporion.plumbing.actions import forget_keys, once
from emporion.plumbing.secrets import decrypt, digest, encrypt

FIELD = "once"
NOT_CONTENT = frozenset({"csrfmiddlewaretoken"})
KEPT = timedelta(minutes=10)  # a second click comes within seconds; who goes back later and sends the same means it anew

View = Callable[..., HttpResponseBase]


def made_once(view: View) -> View:
    """A view of forms with `{% once %}`: what was sent twice gets the first answer. Nothing in it may reach over the network."""

    @wraps(view)
    def guarded(request: ActorRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.method != "POST" or not request.POST.get(FIELD):
            return view(request, *args, **kwargs)
        now, scope = utcnow(), f"form:{request.actor.id}"
        with transaction.atomic():
            forget_keys(scope=scope, before=now - KEPT)
            claim = once(scope=scope, key=_key(request), request=b"", now=now)
            if claim.answer is not None:
                return _again(claim.answer)
            answer = cast("HttpResponse", view(request, *args, **kwargs))
            if answer.status_code >= HTTPStatus.BAD_REQUEST:
                transaction.set_rollback(True)
            else:
                claim.remember(_kept(answer))
        return answer

    return guarded


def _key(request: ActorRequest) -> str:
    content = sorted((name, values) for name, values in request.POST.lists() if name not in NOT_CONTENT)
    return digest(json.dumps([request.path, content]))


def _kept(answer: HttpResponse) -> str:
    """Sealed: the page of a new key shows it."""
    told = {"status": answer.status_code, "headers": dict(answer.items()), "body": answer.content.decode()}
    return encrypt(json.dumps(told))


def _again(kept: str) -> HttpResponse:
    told = cast("dict[str, object]", json.loads(decrypt(kept)))
    headers = cast("dict[str, str]", told["headers"])
    return HttpResponse(cast("str", told["body"]), status=cast("int", told["status"]), headers=headers)
