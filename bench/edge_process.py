"""Collection as a process to be measured and killed: `python -m bench.edge_process HOME PORT [moving]`.

With `moving` it also has the event store open and moves what it takes, as `emporion serve` does.
"""

import sys
from pathlib import Path
from uuid import UUID

from emporion.cli.listening import listen
from emporion.edge import snapshot
from emporion.edge.application import Edge
from emporion.edge.types import EdgeSettings
from emporion.insights.sites.types import Collection
from emporion.store import Spool, Writer, open_store

COLLECTION = Collection(
    site_id=UUID("018f0000-0000-7000-8000-00000000beef"),
    public_id="dfid_bench",
    organisation_id=UUID("018f0000-0000-7000-8000-000000000002"),
    project_id=UUID("018f0000-0000-7000-8000-000000000003"),
    domain="shop.example",
)


def settings_of(home: Path) -> EdgeSettings:
    """Where this process keeps what it takes."""
    return EdgeSettings(spool=home / "spool", folder=home / "edge", trusted_proxies=("127.0.0.1",))


def store_url(home: Path) -> str:
    """Where events end up."""
    return f"chdb://{home.resolve()}/events"


def main() -> None:
    """Serves until it is stopped or killed."""
    home, port = Path(sys.argv[1]), int(sys.argv[2])
    settings = settings_of(home)
    snapshot.write(settings.snapshot, lambda: (COLLECTION,))
    with Spool(settings.spool) as spool:
        writer = Writer(spool=spool, store=open_store(store_url(home))).start() if "moving" in sys.argv else None
        edge = Edge(settings, spool).start()
        listen(edge, host="127.0.0.1", port=port)
        edge.stop()
        if writer is not None:
            writer.flush(timeout_seconds=60)
            writer.close()


if __name__ == "__main__":
    main()
