"""Collection starts fast and small: what it imports is counted, and Django is not among it."""

import json
import subprocess
import sys

import pytest

REFUSED = {"django", "chdb", "clickhouse_connect", "pydantic", "numpy", "mcp", "pydantic_ai", "ninja", "httpx"}


@pytest.mark.requirement("INS-03")
@pytest.mark.parametrize("module", ["emporion.edge.application", "emporion.cli.edge"])
def test_the_data_plane_brings_no_django_and_nothing_heavy(module: str) -> None:
    script = f"import json, sys; import {module}; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout)
    assert REFUSED & set(loaded) == set()
