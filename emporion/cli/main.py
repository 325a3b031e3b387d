"""The command `emporion`: everything that one does with an installation."""

import argparse
import contextlib
import ctypes
import gc
import os
import sys
from collections.abc import Sequence

# What libraries of ours take along where a tool of developers has brought it, to colour what nobody sees: 7 MB.
UNUSED = ("rich", "jinja2", "httpx._main")
_ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h: fewer of them hold less freed memory


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and run one command."""
    options = _parser().parse_args(arguments)
    if arguments is None:  # the process is ours alone
        spare()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emporion.config.settings")
    if options.command == "django":
        from django.core.management import execute_from_command_line  # noqa: PLC0415 - only this command needs it

        execute_from_command_line(["emporion django", *options.rest])
        return
    if options.command == "edge":
        from emporion.cli import edge  # noqa: PLC0415 - the others need Django, this one never has it

        sys.exit(edge.serve())
    import django  # noqa: PLC0415 - `--help` answers without it

    django.setup()
    from emporion.cli import doctor, server  # noqa: PLC0415 - they need Django set up
    from emporion.store.errors import SchemaMismatch, StoreBusy  # noqa: PLC0415 - `--help` answers without it

    if options.command == "refunds":
        from emporion.cli import refunds  # noqa: PLC0415 - only this command reads payments

        if options.give_back:
            sys.exit(refunds.give_back(options.give_back))
        sys.exit(refunds.retry(options.retry) if options.retry else refunds.show())
    if options.command == "transfers":
        from emporion.cli import transfers  # noqa: PLC0415 - only this command reads payments

        came = transfers.Arrived(order=options.received, amount=options.amount, bank_reference=options.bank_reference)
        sys.exit(transfers.record(came) if options.received else transfers.show())
    run = {"serve": server.serve, "web": server.web, "worker": server.work, "migrate": server.migrate, "doctor": doctor.examine}
    try:
        sys.exit(run[options.command]())
    except (StoreBusy, SchemaMismatch) as error:
        sys.stdout.write(f"! {error.message}\n  {error.step}\n")
        sys.exit(1)


def spare() -> None:
    """Begin with less: what is imported stays, and is not searched for garbage hundreds of times, a sixth of the start."""
    gc.set_threshold(20_000, 20, 20)
    with contextlib.suppress(OSError, AttributeError):  # glibc alone has it: before there are threads, each of which gets its own
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 2)
    for name in UNUSED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # Python's way to say that there is no such module


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="emporion", description="A marketplace for AI agents, with the runtime that makes them work."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    commands.add_parser("serve", help="run everything in one process: web, jobs, event store")
    commands.add_parser("web", help="run the web server alone (jobs run in `emporion worker`)")
    commands.add_parser("worker", help="run the jobs alone")
    commands.add_parser("edge", help="run the collection of visits alone, without Django")
    commands.add_parser("migrate", help="bring the database to this version and read the catalogue")
    commands.add_parser("doctor", help="say what is configured, reachable and wrong, and what to do")
    back = commands.add_parser(
        "refunds", help="give an order's money back, list refunds that were not given back, or send one again"
    )
    back.add_argument("--retry", metavar="REFUND", default="", help="the refund to send to its provider again")
    back.add_argument("--give-back", metavar="ORDER", default="", help="the number of a paid order whose money goes back")
    arrived = commands.add_parser("transfers", help="list invoices that wait for a bank transfer, or record one that arrived")
    arrived.add_argument("--received", metavar="ORDER", default="", help="the order's number, or the payment's id")
    arrived.add_argument("--amount", metavar="AMOUNT", default="", help="what arrived, such as 990.00")
    arrived.add_argument("--bank-reference", metavar="TEXT", default="", help="the bank's own number of the transfer")
    manage = commands.add_parser("django", help="run a management command of Django")
    manage.add_argument("rest", nargs=argparse.REMAINDER)
    return parser


if __name__ == "__main__":
    main()
