"""A budget of the whole organisation is told to those who see the whole; the members of one project know nothing of it."""

import pytest

from emporion.gateway.routing.events import BudgetReached
from emporion.kernel.ids import new_id
from emporion.nexus.alerts.models import Problem
from emporion.nexus.alerts.queries import open_problems
from emporion.nexus.alerts.tests.conftest import BEGAN
from emporion.notify.models import Notification
from emporion.plumbing.actions import publish, run_due_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("NEX-05", "SEC-01")]


def spent(organisation_id, project_id, budget_id):
    event = BudgetReached(
        budget_id=budget_id,
        organisation_id=organisation_id,
        project_id=project_id,
        share_percent=100,
        limit_picos=50 * 10**12,
        spent_picos=51 * 10**12,
        at=BEGAN,
    )
    publish(event, now=BEGAN)
    run_due_jobs(now=BEGAN)


@pytest.mark.usefixtures("openai", "calls_store")
def test_only_who_sees_the_whole_organisation_sees_and_hears_that_its_budget_is_spent(
    alice, bob, alice_client, bob_client, organisation_id, project_id
):
    spent(organisation_id, None, new_id())
    (problem,) = open_problems(alice, project_id)
    assert (problem.title, problem.sentence) == ("A budget is spent", "$51.00 of $50.00 are spent.")
    assert open_problems(bob, project_id) == []
    assert "$51.00" in alice_client.get("/nexus/alerts/").content.decode()
    assert "A budget is spent" not in bob_client.get("/nexus/alerts/").content.decode()
    assert bob_client.get(f"/nexus/alerts/{problem.id}/").status_code == 404
    told = {one.person_id for one in Notification.objects.filter(title="A budget is spent")}
    assert told == {alice.id}


def test_the_budget_of_a_project_is_for_all_its_people_and_stays_apart_from_that_of_the_organisation(
    alice, bob, organisation_id, project_id, openai
):
    spent(organisation_id, None, new_id())
    spent(organisation_id, project_id, new_id())
    assert Problem.objects.count() == 2
    assert len(open_problems(alice, project_id)) == 2
    assert [one.is_whole for one in open_problems(bob, project_id)] == [False]
