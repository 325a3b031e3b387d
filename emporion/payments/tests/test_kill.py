"""kill -9 at every step of what moves money: nothing is lost, nothing is done twice."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from emporion.kernel.ids import new_id

pytestmark = [pytest.mark.long, pytest.mark.requirement("REL-01")]
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def database_url(tmp_path_factory):
    """A database for this alone, of the same kind as that of the other tests."""
    if connection.vendor == "sqlite":
        memory = Path("/dev/shm")  # a killed process loses nothing that the system has taken; power cuts are not tested here
        with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as place:
            yield f"sqlite://{place}/db.sqlite3"
        return
    known = connection.settings_dict
    name = f"kill_{new_id().hex}"
    where = {"host": known["HOST"] or None, "port": known["PORT"] or None, "user": known["USER"], "password": known["PASSWORD"]}
    options = known.get("OPTIONS") or {}
    where["host"] = where["host"] or options.get("host")
    with psycopg.connect(dbname="postgres", autocommit=True, **{key: value for key, value in where.items() if value}) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        password = f":{known['PASSWORD']}" if known["PASSWORD"] else ""
        host = where["host"] or ""
        place = f"@/{name}?host={host}" if host.startswith("/") else f"@{host}:{where['port'] or 5432}/{name}"
        yield f"postgres://{known['USER']}{password}{place}"
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def swept(database_url, tmp_path_factory):
    environment = os.environ | {
        "EMPORION_DATABASE_URL": database_url,
        "EMPORION_HOME": str(tmp_path_factory.mktemp("home")),
        "DJANGO_SETTINGS_MODULE": "emporion.config.settings",
    }
    done = subprocess.run(
        [sys.executable, "-m", "emporion.payments.tests.kill_sweep"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_nothing_is_left_hanging_and_the_books_balance(swept):
    assert (swept["unsettled"], swept["faults"]) == (0, 0)
    assert all(len(steps) > 10 for steps in swept["results"].values())


@pytest.mark.requirement("BIL-09")
def test_a_buyer_who_tries_again_with_the_same_key_pays_exactly_once(swept):
    expected = {"state": "succeeded", "receivable": -99000, "wallet": 0, "charged": 99000, "given_back": 0, "told": 1}
    assert [step for step in swept["results"]["pay, retried"] if step != expected] == []


def test_a_buyer_who_leaves_has_paid_and_is_told_so_or_has_not_been_charged(swept):
    paid = {"state": "succeeded", "receivable": -99000, "wallet": 0, "charged": 99000, "given_back": 0, "told": 1}
    unpaid = {"receivable": 0, "wallet": 0, "charged": 0, "given_back": 0, "told": 0}
    allowed = [paid, unpaid | {"state": "none"}, unpaid | {"state": "failed"}]
    steps = swept["results"]["pay, left alone"]
    assert [step for step in steps if step not in allowed] == []
    assert {step["state"] for step in steps} == {"none", "failed", "succeeded"}


@pytest.mark.requirement("BIL-02")
def test_a_wallet_is_filled_exactly_once(swept):
    expected = {"state": "succeeded", "receivable": 0, "wallet": 99000, "charged": 99000, "given_back": 0, "told": 1}
    assert [step for step in swept["results"]["top_up, retried"] if step != expected] == []


@pytest.mark.requirement("BIL-02")
def test_a_wallet_is_spent_exactly_once_or_not_at_all(swept):
    spent = {"state": "succeeded", "receivable": 0, "wallet": 0, "charged": 0, "given_back": 0, "told": 1}
    kept = {"receivable": 99000, "wallet": 99000, "charged": 0, "given_back": 0, "told": 0}
    assert [step for step in swept["results"]["wallet, retried"] if step != spent] == []
    allowed = [spent, kept | {"state": "none"}, kept | {"state": "failed"}]
    assert [step for step in swept["results"]["wallet, left alone"] if step not in allowed] == []


def test_a_refund_is_given_exactly_once_and_finished_without_anybody_asking_again(swept):
    back = {"state": "succeeded", "receivable": -90000, "wallet": 0, "charged": 99000, "given_back": 9000, "told": 1}
    never_asked = back | {"receivable": -99000, "given_back": 0}
    assert [step for step in swept["results"]["refund, retried"] if step != back] == []
    alone = swept["results"]["refund, left alone"]
    assert [step for step in alone if step not in (back, never_asked)] == []
    assert alone[-1] == back


@pytest.mark.requirement("BIL-02")
def test_processes_that_spend_one_wallet_at_once_cannot_overdraw_it(swept):
    assert swept["race"] == {"left": 0, "failures": 0}
