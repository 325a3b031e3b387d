"""What somebody sees who starts the product where it cannot run."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.installation import outside


def start(home: Path, port: int | str) -> subprocess.CompletedProcess:
    environment = outside() | {"EMPORION_HOME": str(home), "EMPORION_PORT": str(port)}
    command = [sys.executable, "-m", "emporion.cli.main", "serve"]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, env=environment)


@pytest.mark.requirement("UX-02")
def test_a_port_that_is_taken_is_said_before_anything_is_made_with_the_way_on(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as our own server does: nobody would notice two of them
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = start(tmp_path, port)
    assert done.returncode == 1
    assert f"EMPORION_PORT={port + 1} make run" in done.stdout
    assert "Emporion is ready" not in done.stdout
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "emporion.sqlite3").exists()


@pytest.mark.requirement("UX-02")
@pytest.mark.parametrize(
    ("port", "step"), [("99999", "a number from 1 to 65535"), ("0", "1 to 65535"), ("80a", "use a whole number")]
)
def test_a_port_that_is_none_is_said_to_be_none(tmp_path: Path, port: str, step: str) -> None:
    done = start(tmp_path, port)
    assert done.returncode == 1
    assert step in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.requirement("UX-02")
def test_a_second_process_on_the_same_data_is_refused_in_words_before_it_touches_any(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDS, f"chdb://{tmp_path}/events"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first, socket.socket() as free:
        assert first.stdout.readline() == "open\n"
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        done = start(tmp_path, port)
        first.communicate("")
    assert done.returncode == 1
    assert "Stop that process" in done.stdout
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "emporion.sqlite3").exists()


HOLDS = """
import sys
from emporion.store import open_store
store = open_store(sys.argv[1])
store.migrate()
print("open", flush=True)
sys.stdin.read()
"""
