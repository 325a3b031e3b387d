"""`emporion edge`: collection alone, in a process of its own that never loads Django."""

import sys

from emporion.cli.listening import listen
from emporion.config.environment import read
from emporion.edge.application import Edge
from emporion.store import Spool


def serve() -> int:
    """Take events in until SIGINT or SIGTERM; a process with a writer (`serve`, `web`, `worker`) moves them to the store."""
    environment = read()
    with Spool(environment.edge.spool) as spool:
        sys.stdout.write(f"Collecting on http://{environment.host}:{environment.port}/api/events\n")
        sys.stdout.flush()
        edge = Edge(environment.edge, spool).start()
        listen(edge, host=environment.host, port=environment.port)
        edge.stop()
    return 0
