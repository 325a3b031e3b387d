"""The ASGI application that the server runs: static files, then the paths that do not need Django, then Django."""

import os
from functools import cache
from typing import cast

import django
from starlette.types import ASGIApp, Receive, Scope, Send

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emporion.config.settings")

django.setup()

from django.conf import settings  # noqa: E402 - as below

from emporion.config.eventlog import spool  # noqa: E402 - as below
from emporion.config.handling import Handler  # noqa: E402 - brings Django's settings
from emporion.config.intake import bounded  # noqa: E402 - as above
from emporion.config.shopfront import Shopfront  # noqa: E402 - as above
from emporion.config.static import static_files  # noqa: E402 - reads settings, which Django has only now
from emporion.edge.application import Edge, serves  # noqa: E402 - belongs with the others

_handler = Handler()
_django = Shopfront(cast("ASGIApp", _handler))


async def _dispatched(scope: Scope, receive: Receive, send: Send) -> None:
    """Dispatch one connection."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"].startswith("/static/"):
        await static_files(scope, receive, send)
    elif scope["type"] == "http" and scope["path"].startswith("/mcp/"):
        await _mcp(scope, receive, send)
    elif scope["type"] == "http":
        await _django(scope, receive, send)


_bounded = bounded(_dispatched)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """The data plane's addresses go past Django altogether; it has limits of its own."""
    if scope["type"] in {"http", "websocket"} and serves(scope["path"], scope.get("method", "GET")):
        await data_plane()(scope, receive, send)
    else:
        await _bounded(scope, receive, send)


@cache
def data_plane() -> Edge:
    """The data plane of this process, on the spool that everything in it shares."""
    return Edge(settings.ENVIRONMENT.edge, spool()).start()


async def _mcp(scope: Scope, receive: Receive, send: Send) -> None:
    # The SDK takes a second to load, so that both servers come with the first question.
    if scope["path"].strip("/") == "mcp/insights":
        from emporion.insights.api.mcp_server import application as reports  # noqa: PLC0415 - as above

        await reports(scope, receive, send)
        return
    from emporion.agents.channels.mcp_server import application as agents  # noqa: PLC0415 - as above

    await agents(scope, receive, send)


def close() -> None:
    """Give back the threads that served requests, with their connections."""
    _django.close()
    _handler.close()


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            close()
            return
