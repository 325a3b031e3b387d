"""What every middleware of ours begins with: it stands in a synchronous chain and in an asynchronous one."""

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse


class Middleware:
    """Passes on with `get_response`; what comes back is a response, or one to be awaited in an asynchronous chain."""

    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Pass on."""
        return self.get_response(request)


class HeadMiddleware(Middleware):
    """Takes HEAD wherever GET is taken (RFC 9110, 9.3.2): the headers of GET, of which Content-Length is one, and no body.

    Views, decorators and routers of the API choose by method each in its own way, so that it is settled in front of all of them.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Pass on as GET what is HEAD."""
        if request.method != "HEAD":
            return self.get_response(request)
        request.method = "GET"
        answer = self.get_response(request)
        return _emptied(answer) if isinstance(answer, HttpResponseBase) else _emptied_later(answer)


async def _emptied_later(answer: Awaitable[HttpResponseBase]) -> HttpResponseBase:
    return _emptied(await answer)


def _emptied(answer: HttpResponseBase) -> HttpResponseBase:
    """Without its body; a stream is not begun, and what it would have read is closed with the answer."""
    if isinstance(answer, StreamingHttpResponse):
        answer.streaming_content = ()
    elif isinstance(answer, HttpResponse):
        answer.content = b""
    return answer
