"""A new database is made in one step; whoever upgrades replays the migrations. Both must have the same tables."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_database_made_anew_is_the_one_that_its_migrations_make(database_url: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.architecture.new_database"],
        cwd=ROOT,
        env=os.environ | {"EMPORION_DATABASE_URL": database_url, "EMPORION_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    anew, migrated = json.loads(done.stdout)
    assert "trigger" in json.dumps(anew)  # what guards the books is among what is compared
    assert anew == migrated
