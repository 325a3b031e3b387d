"""The one way from a page to the event store: who asks is checked, and questions of one page wait beside each other."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.conf import settings

from emporion.nexus.apis.types import Scope
from emporion.plumbing.types import Actor, Permission
from emporion.store import EventStore, shared_store
from emporion.store.priority import step_back

# As many as the store has clients to spare; the writer keeps one.
_POOL = ThreadPoolExecutor(3, thread_name_prefix="figures", initializer=step_back)
Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


def event_store() -> EventStore:
    """Where the figures are."""
    return shared_store(settings.EVENTS_URL)


def soon(question: Callable[Asked, Answer], *args: Asked.args, **named: Asked.kwargs) -> Future[Answer]:
    """Asks while the caller goes on, so that the questions of a page wait beside each other; nothing of the database in it."""
    return _POOL.submit(question, *args, **named)


def seen(actor: Actor, scope: Scope) -> Scope:
    """The scope, where the actor may look at its project."""
    actor.require(Permission.VIEW, scope.project_id)
    return scope
