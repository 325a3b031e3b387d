"""Refusals of the widget as its visitors read them: the problem document says beside its English title what they are told."""

from collections.abc import Awaitable, Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import cast

import msgspec
from asgiref.sync import sync_to_async
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from emporion.agents.channels import visitors
from emporion.agents.channels.errors import (
    BodyTooLarge,
    DomainNotAllowed,
    IdentityInvalid,
    IdentityRequired,
    SessionExpired,
    WidgetPaused,
    WidgetUnknown,
)
from emporion.agents.runtime import refusals
from emporion.agents.runtime.refusals import OF_ERRORS, Refusal
from emporion.kernel.errors import DomainError
from emporion.plumbing.problems import problem_of

View = Callable[..., HttpResponseBase]
OF_CHANNELS: refusals.Refusals = {
    **OF_ERRORS,
    BodyTooLarge: Refusal.LONG,
    DomainNotAllowed: Refusal.DOMAIN,
    IdentityInvalid: Refusal.IDENTITY,
    IdentityRequired: Refusal.SIGN_IN,
    SessionExpired: Refusal.ENDED,
    WidgetPaused: Refusal.PAUSED,
    WidgetUnknown: Refusal.GONE,
}


class _Said(msgspec.Struct):
    text: str = ""


def told_to_visitor(view: Callable[..., object]) -> View:
    """Has what a view of the widget refuses say itself in the visitor's language, too."""
    if iscoroutinefunction(view):

        @wraps(view)
        async def later(request: HttpRequest, public_id: str, *args: object, **kwargs: object) -> HttpResponseBase:
            try:
                return await cast("Awaitable[HttpResponseBase]", view(request, public_id, *args, **kwargs))
            except DomainError as error:
                return await sync_to_async(refused)(request, public_id, error)

        return cast("View", later)

    @wraps(view)
    def at_once(request: HttpRequest, public_id: str, *args: object, **kwargs: object) -> HttpResponseBase:
        try:
            return cast("HttpResponseBase", view(request, public_id, *args, **kwargs))
        except DomainError as error:
            return refused(request, public_id, error)

    return at_once


def refused(request: HttpRequest, public_id: str, error: DomainError) -> HttpResponse:
    """The problem document, with `said` in the language of the message, else of the widget, else of the browser."""
    language = refusals.language_of(
        _text(request), chosen=_chosen(public_id), accepted=request.headers.get("Accept-Language", "")
    )
    return problem_of(error, said=refusals.told(error, language, of_errors=OF_CHANNELS))


def _text(request: HttpRequest) -> str:
    try:
        return msgspec.json.decode(request.body, type=_Said).text if request.method == "POST" else ""
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, RequestDataTooBig):
        return ""


def _chosen(public_id: str) -> str:
    try:
        return visitors.live_settings(visitors.live_widget(public_id)).language
    except WidgetUnknown:
        return ""
