from datetime import UTC, datetime, time

import pytest

from emporion.agents.automations.rules import compare_pages, next_slot, parse_schedule, pieces
from emporion.agents.automations.types import Every, FindingKind, PageText, Schedule

BERLIN = Schedule(every=Every.DAILY, at=time(2, 30), time_zone="Europe/Berlin")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type]


@pytest.mark.requirement("BUY-13")
def test_three_in_the_morning_stays_three_in_the_morning_when_the_clocks_change() -> None:
    daily = Schedule(every=Every.DAILY, at=time(3, 0), time_zone="Europe/Berlin")
    assert next_slot(daily, utc(2026, 10, 24, 12)) == utc(2026, 10, 25, 2)  # already winter time
    assert next_slot(daily, utc(2026, 10, 23, 12)) == utc(2026, 10, 24, 1)  # still summer time


@pytest.mark.requirement("BUY-13")
def test_an_hour_that_the_clocks_repeat_runs_once() -> None:
    first = next_slot(BERLIN, utc(2026, 10, 24, 12))
    assert first == utc(2026, 10, 25, 0, 30)
    assert next_slot(BERLIN, first) == utc(2026, 10, 26, 1, 30)


@pytest.mark.requirement("BUY-13")
def test_an_hour_that_the_clocks_skip_runs_right_after_it() -> None:
    skipped = next_slot(BERLIN, utc(2027, 3, 27, 12))
    assert skipped == utc(2027, 3, 28, 1, 30)
    assert next_slot(BERLIN, skipped) == utc(2027, 3, 29, 0, 30)


def test_a_weekly_schedule_of_a_listing_finds_its_day_in_the_zone_of_the_buyer() -> None:
    schedule = parse_schedule("weekly mon 08:00", "Pacific/Auckland")
    assert next_slot(schedule, utc(2026, 11, 21, 6)) == utc(2026, 11, 22, 19)  # Monday there, Sunday in UTC


def test_an_hourly_schedule_is_due_at_the_next_full_hour() -> None:
    assert next_slot(parse_schedule("hourly"), utc(2026, 11, 21, 6, 0)) == utc(2026, 11, 21, 7)


def page(*blocks: str) -> PageText:
    return PageText(address="https://a.example/", title="Prices", blocks=blocks)


def test_a_changed_sentence_stands_beside_the_one_before_it_and_others_stand_alone() -> None:
    found = compare_pages(
        page("Welcome.", "The small crate costs 30 euros a month.", "We close at six."),
        page("Welcome.", "The small crate costs 35 euros a month.", "Pay by bank transfer from now on."),
    )
    kinds = [(one.kind, one.before, one.after) for one in found]
    assert kinds == [
        (FindingKind.CHANGED, "The small crate costs 30 euros a month.", "The small crate costs 35 euros a month."),
        (FindingKind.REMOVED, "We close at six.", ""),
        (FindingKind.ADDED, "", "Pay by bank transfer from now on."),
    ]


def test_the_words_that_differ_are_marked_and_no_word_is_lost() -> None:
    before, after = pieces("costs 30 euros", "costs 35 euros")
    assert [one.text for one in before if one.kind == "gone"] == ["30"]
    assert [one.text for one in after if one.kind == "new"] == ["35"]
    assert "".join(one.text for one in after) == "costs 35 euros"
