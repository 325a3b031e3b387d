"""Gives each test process a data directory of its own, before Django reads its settings; loaded first (`-p tests.home`).

Everything that tests write goes into one folder that is removed at the end, in memory where there is enough of it. A process that
is killed loses nothing there either, and power cuts are not tested.
"""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

# Images of containers forbid Python to keep what it has compiled. Here each of hundreds of processes would compile all of it
# again, which takes as long as everything else that it does to start.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

MEMORY = Path("/dev/shm")
GIGABYTE = 2**30


def _memory_is_plenty() -> bool:
    """Whether files may lie in memory: a store of events of a test's own waits for the disk dozens of times until it is made."""
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        return os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 4 * GIGABYTE and free > 6 * GIGABYTE
    except (OSError, ValueError):  # not this system
        return False


if "EMPORION_TEST_HOME" not in os.environ:
    os.environ.setdefault("EMPORION_PEERS", str(Path(tempfile.gettempdir()) / "emporion-peers"))  # are fetched once
    base = tempfile.mkdtemp(prefix="emporion-test-", dir=MEMORY if _memory_is_plenty() else None)
    os.environ["EMPORION_TEST_HOME"] = os.environ["TMPDIR"] = tempfile.tempdir = base
    atexit.register(shutil.rmtree, base, ignore_errors=True)

home = Path(os.environ["EMPORION_TEST_HOME"]) / os.environ.get("PYTEST_XDIST_WORKER", "main")
home.mkdir(parents=True, exist_ok=True)
os.environ["EMPORION_HOME"] = str(home)
os.environ.setdefault("EMPORION_WEIGHTS_DIR", str(Path(__file__).resolve().parents[1] / ".pytest_cache" / "weights"))
os.environ.setdefault("EMPORION_SECRET_KEY", "only-for-tests")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emporion.config.settings")
