"""Starts and stops the parts of an installation in the right order."""

import signal
import sys
import threading

import structlog
from django.conf import settings
from django.core.management import call_command

from emporion.agents.runtime.warming import warm_up
from emporion.cli.listening import is_free, listen
from emporion.config import catalogue, eventlog, snapshot, static
from emporion.kernel.clock import utcnow
from emporion.plumbing.actions import reclaim_abandoned_jobs, run_due_jobs
from emporion.plumbing.queries import has_jobs, pending_migrations
from emporion.plumbing.worker import Worker

log = structlog.get_logger()


def migrate() -> int:
    """Bring the database to this version and read the catalogue."""
    if pending_migrations() or not has_jobs():  # Django draws up all models, 7 MB, before it finds nothing to do
        call_command("migrate", interactive=False, verbosity=0)
    static.collect()
    is_new = not has_jobs()
    catalogue.sync_catalogue(now=utcnow())
    if is_new:
        # On the first start, what the catalogue's agents know is read before anybody can ask them.
        sys.stdout.write("Reading what the agents of the catalogue know…\n")
        sys.stdout.flush()
        run_due_jobs(now=utcnow())
    return 0


def serve() -> int:
    """Run everything in one process until SIGINT or SIGTERM."""
    if not is_free(settings.ENVIRONMENT.host, settings.ENVIRONMENT.port):
        return 1
    eventlog.store()  # refuses data that another process uses, before anything of it is touched
    migrate()
    snapshot.write()
    reclaim_abandoned_jobs(now=utcnow())
    worker = Worker()
    with eventlog.running():
        worker.start()
        try:
            _listen()
        finally:
            worker.stop()
    return 0


def web() -> int:
    """Run the web server alone."""
    snapshot.write()
    with eventlog.running():
        _listen()
    return 0


def work() -> int:
    """Run the jobs alone until SIGINT or SIGTERM."""
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    worker = Worker()
    with eventlog.running():
        worker.start()
        done.wait()
        worker.stop()
    return 0


def _listen() -> None:
    from emporion.config.asgi import application, data_plane  # noqa: PLC0415 - the worker has no need of it

    warm_up()
    data_plane().warm()
    environment = settings.ENVIRONMENT
    _greet()
    listen(application, host=environment.host, port=environment.port)
    data_plane().stop()


def _greet() -> None:
    url = settings.SITE_URL
    sys.stdout.write(
        f"""
  Emporion is ready.

  Marketplace   {url}/marketplace/
  Your mail     {url}/outbox/     (verification links and receipts of this installation)
  Data          {settings.HOME}

  Stop with Ctrl+C.
"""
    )
    sys.stdout.flush()
