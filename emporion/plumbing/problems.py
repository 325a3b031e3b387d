"""One table from kinds of errors to HTTP: problem JSON (RFC 9457) on the API, a page with the next step elsewhere."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render

from emporion.kernel.errors import DomainError, Invalid

STATUS = {
    "invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "unauthenticated": HTTPStatus.UNAUTHORIZED,
    "denied": HTTPStatus.FORBIDDEN,
    "not-found": HTTPStatus.NOT_FOUND,
    "conflict": HTTPStatus.CONFLICT,
    "limit": HTTPStatus.TOO_MANY_REQUESTS,
    "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}
API_PREFIXES = ("/api/", "/v1/", "/mcp/", "/webhooks/")


def status_of(error: DomainError) -> HTTPStatus:
    """The HTTP status of an error's kind."""
    return STATUS.get(error.kind, HTTPStatus.BAD_REQUEST)


def problem(status: int, *, kind: str, title: str, next_step: str = "", facts: dict[str, object] | None = None) -> JsonResponse:
    """A problem document; facts are shown under their own names and never hold secrets."""
    body = {"type": f"/docs/buyers/errors#{kind}", "title": title, "status": int(status), "next_step": next_step}
    body |= {name: value if isinstance(value, int | float | bool | None) else str(value) for name, value in (facts or {}).items()}
    response = JsonResponse(body, status=status, content_type="application/problem+json")
    if facts and "retry_after_seconds" in facts:
        response["Retry-After"] = str(facts["retry_after_seconds"])
    return response


def problem_of(error: DomainError) -> JsonResponse:
    """The problem document of a domain error."""
    return problem(status_of(error), kind=error.kind, title=error.message, next_step=error.step, facts=error.facts)


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a program."""
    return request.path.startswith(API_PREFIXES) or request.headers.get("Accept", "").startswith("application/json")


class ProblemMiddleware:
    """Answers domain errors that a view did not handle itself."""

    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Pass on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The problem document or the error page; other exceptions stay exceptions."""
        if not isinstance(error, DomainError):
            if not _is_about_nul(error):
                return None
            error = Invalid("The request holds a character that no text has.", next_step="Leave out the zero byte.")
        if wants_json(request):
            return problem_of(error)
        status = status_of(error)
        context = {"status": int(status), "title": error.message, "next_step": error.step}
        return render(request, "ui/error.html", context, status=status)


def _is_about_nul(error: Exception) -> bool:
    """Whether PostgreSQL was given U+0000, which no text column takes: only somebody who probes sends one."""
    return isinstance(error, ValueError | DataError) and "NUL (0x00)" in str(error)
