"""kill -9 at every step of what moves money: nothing is lost, nothing is done twice."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.long, pytest.mark.requirement("REL-01")]
ROOT = Path(__file__).resolve().parents[3]


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
