"""Budgets across processes: what is spent outlives a kill, what is reserved does not, and nobody decides at the same time."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from emporion.edge.gateway import budgets
from emporion.edge.gateway.budgets import Held, Ledger, LedgerUnusable, Refused, period_end, period_start, spendings
from emporion.edge.gateway.tests.scene import budget, id_of
from emporion.gateway.routing.types import BudgetPeriod, BudgetScope

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
MICRO = 10**6

pytestmark = [pytest.mark.requirement("NEX-02")]

HARD = budget("hard", BudgetScope.PROJECT, "", 10)
SOFT = budget("soft", BudgetScope.TEAM, "t", 1, is_hard=False)


@pytest.fixture
def ledger(tmp_path: Path):
    made = Ledger(tmp_path / "budgets")
    yield made
    made.close()


def seen(folder: Path, name: str = "hard") -> tuple[int, int]:
    [found] = [one for one in spendings(folder) if one.budget_id == id_of(name)]
    return found.spent_picos // MICRO, found.reserved_picos // MICRO


def test_calls_begin_while_spent_and_reserved_leave_room(ledger: Ledger, tmp_path: Path) -> None:
    held = [ledger.reserve([HARD, SOFT], 4 * MICRO, NOW) for _ in range(4)]
    assert [type(one) for one in held] == [Held, Held, Held, Refused]
    assert (held[3].budget, held[3].is_passing) == (HARD, True), "calls under way may give it back"
    for one in held[:2]:
        ledger.settle(one, 1 * MICRO)
    assert seen(tmp_path / "budgets") == (2, 4)
    assert isinstance(ledger.reserve([HARD], 4 * MICRO, NOW), Held)
    ledger.settle(held[2], 12 * MICRO)
    refused = ledger.reserve([HARD], 0, NOW)
    assert isinstance(refused, Refused)
    assert refused.is_passing is False
    assert seen(tmp_path / "budgets", "soft")[0] == 14, "soft ones count beyond their limit"


def test_a_new_period_is_whole_again(ledger: Ledger) -> None:
    monthly = budget("m", BudgetScope.PROJECT, "", 1)
    held = ledger.reserve([monthly], MICRO, NOW)
    ledger.settle(held, 2 * MICRO)
    assert isinstance(ledger.reserve([monthly], 0, NOW), Refused)
    assert isinstance(ledger.reserve([monthly], 0, NOW.replace(month=12)), Held)
    assert period_start(BudgetPeriod.MONTH, NOW) == datetime(2026, 11, 1, tzinfo=UTC)
    assert period_end(BudgetPeriod.MONTH, NOW.replace(month=12)) == datetime(2027, 1, 1, tzinfo=UTC)
    assert period_end(BudgetPeriod.DAY, NOW) == datetime(2026, 11, 29, tzinfo=UTC)
    assert period_end(BudgetPeriod.EVER, NOW) is None


def test_what_was_spent_before_a_budget_was_set_counts_in_its_period_alone(ledger: Ledger) -> None:
    this_month = budget(
        "late", BudgetScope.PROJECT, "", 10, counted_picos=10 * MICRO, counted_from=period_start(BudgetPeriod.MONTH, NOW)
    )
    refused = ledger.reserve([this_month], 0, NOW)
    assert isinstance(refused, Refused)
    assert (refused.spent_picos, refused.is_passing) == (10 * MICRO, False)
    assert isinstance(ledger.reserve([this_month], 0, NOW.replace(month=12)), Held)


OTHER = """
import sys, time
from pathlib import Path
from emporion.edge.gateway.tests.test_budgets import HARD, MICRO, NOW
from emporion.edge.gateway.budgets import Ledger
ledger = Ledger(Path(sys.argv[1]))
ledger.settle(ledger.reserve([HARD], 1 * MICRO, NOW), 3 * MICRO)
ledger.reserve([HARD], 5 * MICRO, NOW)
print("ready", flush=True)
time.sleep(60)
"""


def test_what_a_killed_process_spent_stays_and_what_it_reserved_is_free(ledger: Ledger, tmp_path: Path) -> None:
    folder = tmp_path / "budgets"
    with subprocess.Popen([sys.executable, "-c", OTHER, str(folder)], stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"ready\n"
        assert seen(folder) == (3, 5)
        assert isinstance(ledger.reserve([HARD], 4 * MICRO, NOW), Held), "8 of 10"
        assert isinstance(ledger.reserve([HARD], 1 * MICRO, NOW), Refused), "12 of 10, of which the other lives"
        os.kill(other.pid, signal.SIGKILL)
    assert isinstance(ledger.reserve([HARD], 1 * MICRO, NOW), Held), "the dead hold nothing"
    assert seen(folder) == (3, 5)
    again = Ledger(folder)
    assert len(list(folder.glob("*.use"))) == 2, "a new process goes on with the file of the dead one"
    assert isinstance(again.reserve([HARD], 2 * MICRO, NOW), Held)
    again.close()


RACE = """
import sys
from pathlib import Path
from emporion.edge.gateway.tests.test_budgets import HARD, MICRO, NOW
from emporion.edge.gateway.budgets import Held, Ledger
ledger = Ledger(Path(sys.argv[1]))
sys.stdin.readline()
made = 0
for _ in range(3000):
    held = ledger.reserve([HARD], MICRO // 100, NOW)
    if isinstance(held, Held):
        ledger.settle(held, MICRO // 100)
        made += 1
print(made)
"""


def test_processes_that_spend_at_once_stay_within_the_limit_together(tmp_path: Path) -> None:
    folder = tmp_path / "budgets"
    command = [sys.executable, "-c", RACE, str(folder)]
    racing = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    made = [int(one.communicate("go\n")[0]) for one in racing]
    assert sum(made) in range(1_000, 1_002), made


def test_a_damaged_table_is_put_aside_and_nothing_waits_for_it(tmp_path: Path) -> None:
    folder = tmp_path / "budgets"
    folder.mkdir()
    (folder / "old.use").write_bytes(b"rubbish" * 100_000)
    made = Ledger(folder)
    assert isinstance(made.reserve([HARD], MICRO, NOW), Held)
    assert (folder / "old.damaged").exists()
    made.close()


def test_a_ledger_that_cannot_be_used_says_so(ledger: Ledger, tmp_path: Path) -> None:
    for path in (tmp_path / "budgets").iterdir():
        path.unlink()
    (tmp_path / "budgets").rmdir()
    with pytest.raises(LedgerUnusable):
        ledger.reserve([HARD], MICRO, NOW)


def test_rows_of_days_that_are_over_make_room_and_running_periods_never_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "MOST_ROWS", 6)
    ledger = Ledger(tmp_path / "few")
    monthly, daily = (
        budget("monthly", BudgetScope.PROJECT, "", 10),
        budget("daily", BudgetScope.PROJECT, "", 10, period=BudgetPeriod.DAY),
    )
    under_way = ledger.reserve([monthly, daily], MICRO, NOW.replace(day=10))
    for day in range(11, 25):
        held = ledger.reserve([monthly, daily], MICRO, NOW.replace(day=day))
        assert isinstance(held, Held)
        ledger.settle(held, MICRO // 2)
    assert isinstance(under_way, Held)
    ledger.settle(under_way, MICRO)
    [month] = [one for one in spendings(tmp_path / "few") if one.budget_id == id_of("monthly")]
    assert month.spent_picos == MICRO + 14 * (MICRO // 2)
    ledger.close()
