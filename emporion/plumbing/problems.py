"""One table from kinds of errors to HTTP: problem JSON (RFC 9457) on the API, a page with the next step elsewhere."""

import contextlib
from collections.abc import Awaitable, Iterator, Mapping
from http import HTTPStatus

from asgiref.sync import sync_to_async
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, JsonResponse, RawPostDataException
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from emporion.kernel.errors import DomainError, Invalid
from emporion.plumbing.middleware import Middleware

STATUS = {
    "invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "unauthenticated": HTTPStatus.UNAUTHORIZED,
    "denied": HTTPStatus.FORBIDDEN,
    "not-found": HTTPStatus.NOT_FOUND,
    "conflict": HTTPStatus.CONFLICT,
    "too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "limit": HTTPStatus.TOO_MANY_REQUESTS,
    "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}
API_PREFIXES = ("/api/", "/v1/", "/mcp/", "/webhooks/")
CHALLENGE = 'Bearer realm="Emporion"'  # every 401 says how to come in (RFC 9110, 11.6.1)
WORDLESS = (b"", b"Method not allowed")


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
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = CHALLENGE
    return response


def problem_of(error: DomainError, *, said: str = "") -> JsonResponse:
    """The problem document of a domain error; `said` is what somebody who is no program is told of it, in their language."""
    facts = error.facts | ({"said": said} if said else {})
    return problem(status_of(error), kind=error.kind, title=error.message, next_step=error.step, facts=facts)


@contextlib.contextmanager
def fields_called(names: Mapping[str, str]) -> Iterator[None]:
    """What is refused inside names the members of an API, where the verb's own names, which forms have, are others."""
    try:
        yield
    except DomainError as error:
        field = str(error.facts.get("field", ""))
        if field in names:
            error.facts["field"] = names[field]
        raise


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a program."""
    return request.path.startswith(API_PREFIXES) or request.headers.get("Accept", "").startswith("application/json")


class ProblemMiddleware(Middleware):
    """Answers domain errors that a view did not handle itself, and says what to do where a method is not taken."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Pass on; Django's own answer to a wrong method is empty, which a browser shows as its own failure."""
        answer = self.get_response(request)
        if isinstance(answer, HttpResponseBase):
            return _worded(request, answer)
        return self._later(request, answer)

    async def _later(self, request: HttpRequest, answer: Awaitable[HttpResponseBase]) -> HttpResponseBase:
        answered = await answer
        return (
            await sync_to_async(_worded)(request, answered) if answered.status_code == HTTPStatus.METHOD_NOT_ALLOWED else answered
        )

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The problem document or the error page; other exceptions stay exceptions."""
        if not isinstance(error, DomainError):
            found = _meant_by(error)
            if found is None:
                return None
            error = found
        if wants_json(request):
            return problem_of(error)
        status = status_of(error)
        context = {"status": int(status), "title": error.message, "next_step": error.step}
        return render(request, "ui/error.html", context, status=status)


def _worded(request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
    """A 405 of Django or Ninja as a problem document or a page that leads to where the form is; any other answer as it is."""
    if not isinstance(answer, HttpResponseNotAllowed) or answer.content not in WORDLESS:
        return answer
    allowed, also = answer["Allow"], ", HEAD" if "GET" in answer["Allow"] and "HEAD" not in answer["Allow"] else ""
    if wants_json(request):
        title = f"{request.method} is not taken here."
        worded: HttpResponse = problem(answer.status_code, kind="method", title=title, next_step=f"Send {allowed}.")
    else:
        title, url = _("This address is for a form, not for reading."), _page_above(request.path)
        step = _("Nothing was done. Open the page that the form is on, and send it from there.")
        if "GET" in allowed:
            title, url = _("This address is for reading, and takes no form."), request.path
            step = _("Nothing was done. Open the page, and go on from there.")
        context = {
            "status": answer.status_code,
            "title": title,
            "next_step": step,
            "url": url,
            "button": _("Open the page"),
        }
        worded = render(request, "ui/error.html", context, status=answer.status_code)
    worded["Allow"] = allowed + also
    return worded


def _page_above(path: str) -> str:
    """The next address above this one that there is: forms send to addresses below their page."""
    while path.count("/") > 1:
        path = path.rstrip("/").rpartition("/")[0] + "/"
        with contextlib.suppress(Resolver404):
            resolve(path)
            return path
    return "/"


def _meant_by(error: Exception) -> DomainError | None:
    """What is wrong with a request that the framework or a database gave up on; None where that is our own failure."""
    if _is_about_nul(error):
        return Invalid("The request holds a character that no text has.", next_step="Leave out the zero byte.")
    if isinstance(error, ValueError) and "for integer string conversion" in str(error):  # Python's own guard
        return Invalid("The request holds a number that counts nothing.", next_step="Write one with fewer digits.")
    if isinstance(error, RawPostDataException):  # the check of forms read it as the form that it said it was
        return Invalid("The body is not JSON.", next_step="Send JSON, and Content-Type: application/json.")
    return None


def _is_about_nul(error: Exception) -> bool:
    """Whether PostgreSQL was given U+0000, which no text column takes: only somebody who probes sends one."""
    return isinstance(error, ValueError | DataError) and "NUL (0x00)" in str(error)
