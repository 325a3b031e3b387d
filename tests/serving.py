"""The real ASGI application on a real port, as streams and MCP need it; Django's own test server speaks WSGI only."""

import sys
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from asgiref.sync import SyncToAsync
from django.conf import LazySettings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from django.db import connections


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """As pytest-django has it; at the end the threads that reached the database give back their sessions, so that it can go."""
    yield
    if (asgi := sys.modules.get("emporion.config.asgi")) is not None:
        asgi.close()
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


@pytest.fixture(scope="session")
def running(django_db_setup: None, django_db_blocker) -> Iterator[str]:
    """The address of a server that lives as long as the tests do."""
    from emporion.config.asgi import application

    files = ASGIStaticFilesHandler(get_asgi_application())

    async def app(scope, receive, send) -> None:
        path = scope.get("path", "")
        if path.startswith("/keyed/"):  # for clients that can send no header of their own
            _, _, key, agent = path.split("/", 3)
            headers = [*scope["headers"], (b"authorization", f"Bearer {key}".encode())]
            scope = dict(scope, path=f"/mcp/{agent}", headers=headers)
        await (files if path.startswith("/static/") else application)(scope, receive, send)

    # Without a context of its own, a file asked for after a page on the same connection would now and then get that page's
    # thread, which is gone: half a file, and a script that never ran.
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", ws="none", loop="asyncio", reset_contextvars=True)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        thread.join(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    if connections["default"].vendor == "postgresql":  # its threads' sessions would keep the test database from being dropped
        with django_db_blocker.unblock(), connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture
def served(running: str, transactional_db: None, settings: LazySettings) -> str:
    """The server's address, for a test whose rows it sees."""
    settings.SITE_URL = running
    for connection in connections.all():
        connection.settings_dict["CONN_MAX_AGE"] = 0
    return running
