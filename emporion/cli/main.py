"""The command `emporion`: everything that one does with an installation."""

import argparse
import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and run one command."""
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
    back = commands.add_parser("refunds", help="list refunds that were not given back, or send one again")
    back.add_argument("--retry", metavar="REFUND", default="", help="the refund to send to its provider again")
    manage = commands.add_parser("django", help="run a management command of Django")
    manage.add_argument("rest", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
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

    if options.command == "refunds":
        from emporion.cli import refunds  # noqa: PLC0415 - only this command reads payments

        sys.exit(refunds.retry(options.retry) if options.retry else refunds.show())
    run = {"serve": server.serve, "web": server.web, "worker": server.work, "migrate": server.migrate, "doctor": doctor.examine}
    sys.exit(run[options.command]())


if __name__ == "__main__":
    main()
