"""`emporion edge`: the data plane alone (visits, signals, calls of APIs), in a process of its own that never loads Django."""

import sys

from emporion.cli.listening import listen
from emporion.config.environment import read
from emporion.edge.application import Edge
from emporion.store import Spool


def serve() -> int:
    """Take events in and calls through until SIGINT or SIGTERM.

    A process with a writer (`serve`, `web`, `worker`) moves what is recorded to the store.
    """
    environment = read()
    with Spool(environment.edge.spool) as spool:
        url = f"http://{environment.host}:{environment.port}"
        sys.stdout.write(f"Visits at {url}/api/events, signals at {url}/v1/, calls of APIs at {url}/gateway/\n")
        sys.stdout.flush()
        edge = Edge(environment.edge, spool).start().warm()
        listen(edge, host=environment.host, port=environment.port)
        edge.stop()
    return 0
