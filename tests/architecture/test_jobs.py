"""Jobs across all domains: what they must keep to so that each is done once."""

from emporion.config.subscriptions import SCHEDULE
from emporion.plumbing.actions import FINISHED_KEPT


def test_no_job_is_forgotten_while_its_key_keeps_it_from_being_made_again() -> None:
    assert max(SCHEDULE.values()) * 2 <= FINISHED_KEPT
