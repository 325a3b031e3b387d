"""Lets a project have life: appends calls with faults to a running installation's spool, minute after minute.

`python -m bench.calls PROJECT_ID API_ID[,API_ID…] [--hours 6] [--fault overloaded:0.125:-8:0] [--follow]`, in the folder of the
installation (EMPORION_HOME). A fault is outcome:share:from:to of the first API, in minutes from now; `--follow` goes on in real
time. Alerts, incidents and pages see the calls as they see those of a gateway.
"""

import argparse
import os
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emporion.config.settings")

from django.conf import settings

from emporion.gateway.routing.types import Outcome
from emporion.nexus.apis.simulation import Fault, World, simulate, usual_sources
from emporion.store import Spool

MINUTE = timedelta(minutes=1)
FOR_EVER = 10**6


def fault_of(text: str, api_id: UUID, now: datetime) -> Fault:
    """`overloaded:0.125:-8:0` as a fault; it never ends when its end is 0."""
    outcome, share, since, until = text.split(":")
    ends = float(until) or FOR_EVER
    return Fault(
        api_id=api_id,
        outcome=Outcome(outcome),
        share=float(share),
        since=now + float(since) * MINUTE,
        until=now + ends * MINUTE,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("project", type=UUID)
    parser.add_argument("apis", type=lambda text: [UUID(one) for one in text.split(",")])
    parser.add_argument("--organisation", type=UUID, default=UUID(int=0))
    parser.add_argument("--hours", type=float, default=6)
    parser.add_argument("--fault", action="append", default=[])
    parser.add_argument("--follow", action="store_true")
    asked = parser.parse_args()
    now = datetime.now(UTC)
    apis = [*asked.apis, *(UUID(int=number) for number in range(4))][:4]
    faults = tuple(fault_of(text, apis[0], now) for text in asked.fault)
    sources = tuple(one for one in usual_sources(*apis) if one.api_id in asked.apis)
    world = World(organisation_id=asked.organisation, project_id=asked.project, sources=sources, faults=faults)
    with Spool(settings.SPOOL_DIR) as spool:
        since = now - timedelta(hours=asked.hours)
        while True:
            now = datetime.now(UTC)
            calls = list(simulate(world, since, now))
            for start in range(0, len(calls), 500):
                spool.append_sync(*calls[start : start + 500])
            print(f"{now:%H:%M:%S} {len(calls)} calls", flush=True)
            if not asked.follow:
                return
            since = now
            time.sleep(5)


if __name__ == "__main__":
    main()
