"""Gives each test process a data directory of its own, before Django reads its settings; loaded first (`-p tests.home`)."""

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

if "EMPORION_TEST_HOME" not in os.environ:
    base = tempfile.mkdtemp(prefix="emporion-test-")
    os.environ["EMPORION_TEST_HOME"] = base
    atexit.register(shutil.rmtree, base, ignore_errors=True)

home = Path(os.environ["EMPORION_TEST_HOME"]) / os.environ.get("PYTEST_XDIST_WORKER", "main")
home.mkdir(parents=True, exist_ok=True)
os.environ["EMPORION_HOME"] = str(home)
os.environ.setdefault("EMPORION_SECRET_KEY", "only-for-tests")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emporion.config.settings")
