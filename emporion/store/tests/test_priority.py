"""What computes steps back from what takes in."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

TOLD = """
import json, os, sys, threading
from pathlib import Path
from emporion.store import Spool, Writer, open_store
from emporion.store.tests.events import usage

home = sys.argv[1]
with Spool(Path(home) / "spool") as spool, open_store(f"chdb://{home}/events") as store:
    with Writer(spool=spool, store=store) as writer:
        spool.append_sync(*(usage() for _ in range(100)))
        spool.seal()
        while not writer.stats().moved_events:
            threading.Event().wait(0.01)
        threads = {thread.native_id: thread.name for thread in threading.enumerate()}
        names = {int(task.name): (task / "comm").read_text().strip() for task in Path("/proc/self/task").iterdir()}
        told = [(threads.get(number, name), os.getpriority(os.PRIO_PROCESS, number)) for number, name in names.items()]
print(json.dumps(told))
"""


@pytest.mark.requirement("REL-02")
@pytest.mark.skipif(sys.platform != "linux", reason="a thread has a priority of its own on Linux alone")
def test_the_engine_and_what_fills_it_step_back_from_what_acknowledges(tmp_path: Path) -> None:
    run = subprocess.run([sys.executable, "-c", TOLD, str(tmp_path)], check=True, capture_output=True, text=True)
    told = json.loads(run.stdout.splitlines()[-1])
    engine = {
        name: priority for name, priority in told if name == "store-writer" or name.startswith(("ThreadPool", "MergeMutate"))
    }
    assert engine.keys() >= {"store-writer", "ThreadPool"}
    assert set(engine.values()) == {10}
    assert {priority for name, priority in told if name in {"MainThread", "spool"}} == {0}
