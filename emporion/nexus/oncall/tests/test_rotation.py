"""Whose turn it is: week after week, across changes of clocks, with stretches that somebody took over."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emporion.kernel.ids import new_id
from emporion.nexus.oncall.rules import Rotation, Taken, handover_before, quiet_until, turn_at, turns
from emporion.nexus.oncall.types import QuietHours

pytestmark = pytest.mark.requirement("NEX-06")
ALEX, SARAH, JONAS = new_id(), new_id(), new_id()
BERLIN = Rotation(people=(ALEX, SARAH, JONAS), time_zone="Europe/Berlin", first_day=date(2026, 10, 5), handover_time=time(9))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def who(moment: str, taken: tuple[Taken, ...] = ()) -> UUID:
    return turn_at(BERLIN, taken, at(moment)).person_id


def test_people_follow_each_other_week_after_week_at_the_local_hour() -> None:
    assert who("2026-10-05T08:59:59+02:00") == JONAS
    assert who("2026-10-05T09:00:00+02:00") == ALEX
    assert who("2026-10-12T09:00:00+02:00") == SARAH
    assert who("2026-10-19T09:00:00+02:00") == JONAS
    assert who("2026-10-26T08:59:59+01:00") == JONAS
    assert who("2026-10-26T09:00:00+01:00") == ALEX


def test_the_week_in_which_summer_time_ends_is_an_hour_longer_and_in_spring_an_hour_shorter() -> None:
    autumn = turn_at(BERLIN, (), at("2026-10-22T00:00:00+02:00"))
    assert autumn.ends_at - autumn.starts_at == timedelta(hours=169)
    spring = turn_at(BERLIN, (), at("2027-03-25T00:00:00+01:00"))
    assert spring.ends_at - spring.starts_at == timedelta(hours=167)


def test_a_handover_at_an_hour_that_the_clocks_skip_still_happens_once() -> None:
    night = Rotation(people=(ALEX, SARAH), time_zone="Europe/Berlin", first_day=date(2027, 3, 21), handover_time=time(2, 30))
    found = turns(night, (), since=at("2027-03-27T00:00:00+01:00"), until=at("2027-03-29T00:00:00+02:00"))
    assert [turn.person_id for turn in found] == [ALEX, SARAH]
    assert found[0].ends_at == at("2027-03-28T03:30:00+02:00")


def test_who_takes_a_stretch_over_has_it_and_the_rest_stays_as_it_was() -> None:
    taken = (Taken(id=new_id(), person_id=JONAS, starts_at=at("2026-10-07T18:00+02:00"), ends_at=at("2026-10-08T08:00+02:00")),)
    assert who("2026-10-07T17:59+02:00", taken) == ALEX
    assert who("2026-10-07T18:00+02:00", taken) == JONAS
    assert who("2026-10-08T08:00+02:00", taken) == ALEX
    found = turns(BERLIN, taken, since=at("2026-10-05T09:00+02:00"), until=at("2026-10-12T09:00+02:00"))
    assert [turn.person_id for turn in found] == [ALEX, JONAS, ALEX]


def test_of_two_who_took_the_same_hour_over_the_later_word_holds() -> None:
    span = {"starts_at": at("2026-10-07T18:00+02:00"), "ends_at": at("2026-10-08T08:00+02:00")}
    taken = (Taken(id=new_id(), person_id=JONAS, **span), Taken(id=new_id(), person_id=SARAH, **span))
    assert who("2026-10-07T20:00+02:00", taken) == SARAH


@given(
    since=st.integers(0, 17_520).map(lambda hours: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)),
    days=st.integers(1, 60),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
    weeks=st.integers(1, 3),
    hours=st.lists(st.tuples(st.integers(0, 1400), st.integers(1, 200)), max_size=4),
)
def test_every_moment_has_exactly_one_person(since, days, zone, weeks, hours) -> None:
    rotation = Rotation(
        people=(ALEX, SARAH, JONAS), time_zone=zone, first_day=date(2026, 10, 5), handover_time=time(2, 30), weeks_each=weeks
    )
    taken = tuple(
        Taken(id=new_id(), person_id=SARAH, starts_at=since + timedelta(hours=a), ends_at=since + timedelta(hours=a + b))
        for a, b in hours
    )
    until = since + timedelta(days=days)
    found = turns(rotation, taken, since=since, until=until)
    assert found[0].starts_at == since
    assert found[-1].ends_at == until
    assert all(one.ends_at == other.starts_at for one, other in pairwise(found))
    middle = since + timedelta(days=days) / 2
    now = turn_at(rotation, taken, middle)
    assert now.starts_at <= middle < now.ends_at
    assert next(turn for turn in found if turn.starts_at <= middle < turn.ends_at).person_id == now.person_id


def test_the_last_handover_is_found_by_weekday_and_hour() -> None:
    assert handover_before(BERLIN, at("2026-10-26T08:59+01:00")) == date(2026, 10, 19)
    assert handover_before(BERLIN, at("2026-10-26T09:00+01:00")) == date(2026, 10, 26)


def test_quiet_hours_end_in_the_morning_of_the_persons_own_zone() -> None:
    night = QuietHours(is_on=True, starts=time(22), ends=time(7))
    assert quiet_until(night, time_zone="Europe/Berlin", at=at("2026-10-24T23:00+02:00")) == at("2026-10-25T07:00+01:00")
    assert quiet_until(night, time_zone="Europe/Berlin", at=at("2026-10-25T06:59+01:00")) == at("2026-10-25T07:00+01:00")
    assert quiet_until(night, time_zone="Europe/Berlin", at=at("2026-10-25T07:00+01:00")) is None
    lunch = QuietHours(is_on=True, starts=time(12), ends=time(13))
    assert quiet_until(lunch, time_zone="UTC", at=at("2026-10-25T12:30+00:00")) == at("2026-10-25T13:00+00:00")
    assert quiet_until(lunch, time_zone="UTC", at=at("2026-10-25T11:30+00:00")) is None
