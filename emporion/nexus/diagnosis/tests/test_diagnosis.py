"""Diagnosis on its page: what is likely, what speaks for it and against it, and one tap that leads calls elsewhere."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from emporion.gateway.routing.models import Api, Route
from emporion.kernel.clock import utcnow
from emporion.nexus.alerts.models import Problem
from emporion.nexus.alerts.types import Severity
from emporion.nexus.signals.actions import mark_deploy
from emporion.nexus.signals.types import NewDeploy
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("NEX-08")]
DOWN = {"outcome": "overloaded", "status": 503, "error_code": "server_error"}
REFUSED = {"outcome": "key_refused", "status": 401, "error_code": "invalid_api_key"}


def page(client: Client, api: Api) -> str:
    return re.sub(r"\s+", " ", client.get(f"/nexus/apis/{api.pk}/diagnosis/").content.decode())


@pytest.fixture
def outage(apis: dict[str, Api], calls: Callable[..., None]) -> Api:
    """OpenAI has failed for eight minutes; the second source works."""
    calls(apis["openai"], range(80, 9, -1), share=0.01, **DOWN)
    calls(apis["openai"], range(8, 0, -1), share=0.7, **DOWN)
    calls(apis["second"], range(50, 0, -1), a_minute=4)
    return apis["openai"]


def test_an_outage_is_theirs_with_its_evidence(alice_client: Client, outage: Api) -> None:
    shown = page(alice_client, outage)
    assert "Outage at OpenAI" in shown
    assert "Theirs, not yours" in shown
    assert "All 2 models and 2 features fail, from the same minute" in shown
    assert "Second Source answers well in the same minutes" in shown
    shares = [int(one) for one in re.findall(r'class="p">(\d+)<small>', shown)]
    assert sum(shares) == 100


@pytest.mark.requirement("NEX-09")
def test_one_tap_leads_the_calls_to_the_api_that_works(alice_client: Client, outage: Api, apis: dict[str, Api]) -> None:
    shown = page(alice_client, outage)
    assert "Send calls to Second Source" in shown
    assert "Error rate" in shown
    key = re.search(r'name="key" value="([^"]+)"', shown).group(1)
    answer = alice_client.post(f"/nexus/apis/{outage.pk}/diagnosis/act/", {"key": key, "try": "1"}, follow=True)
    assert "Done:" in answer.content.decode()
    route = Route.objects.get()
    assert (route.mode, route.percent, route.targets[0]["api_id"]) == ("divert", 10, str(apis["second"].pk))
    alice_client.post(f"/nexus/apis/{outage.pk}/diagnosis/act/", {"key": key})
    assert Route.objects.order_by("set_at").last().percent == 100


@pytest.mark.requirement("NEX-09")
def test_what_was_never_suggested_is_not_done(alice_client: Client, bob_client: Client, outage: Api) -> None:
    where = f"/nexus/apis/{outage.pk}/diagnosis/act/"
    assert alice_client.post(where, {"key": "shed:::"}).status_code == 409
    key = re.search(r'name="key" value="([^"]+)"', page(alice_client, outage)).group(1)
    assert bob_client.post(where, {"key": key}).status_code == 403
    assert "An administrator of the project can do this." in page(bob_client, outage)
    assert not Route.objects.exists()


def test_a_refused_key_is_ours_and_leads_to_where_it_is_changed(
    alice_client: Client, apis: dict[str, Api], calls: Callable[..., None]
) -> None:
    calls(apis["openai"], range(80, 9, -1))
    calls(apis["openai"], range(8, 0, -1), share=1.0, **REFUSED)
    shown = page(alice_client, apis["openai"])
    assert "OpenAI refuses your key" in shown
    assert "Yours to fix" in shown
    assert "openai says so itself: invalid_api_key" in shown
    assert f"/nexus/apis/{apis['openai'].pk}/settings/" in shown


def test_a_deploy_just_before_is_named_with_what_speaks_against_it(alice: Actor, alice_client: Client, outage: Api) -> None:
    deploy = NewDeploy(service="web", version="9.2", at=utcnow() - timedelta(minutes=12))
    mark_deploy(deploy=deploy, project_id=outage.project_id, actor=alice, now=utcnow())
    shown = page(alice_client, outage)
    first, _, second = shown.partition("Deploy web 9.2")
    assert "Outage at OpenAI" in first
    assert "2 features fail, also where nothing was deployed" in second


@pytest.mark.requirement("NEX-08")
def test_a_problem_is_diagnosed_from_its_first_alert_on(
    alice_client: Client, charlie_client: Client, outage: Api, now: datetime
) -> None:
    began = utcnow() - timedelta(minutes=9)
    problem = Problem.objects.create(
        organisation_id=outage.organisation_id,
        project_id=outage.project_id,
        api_id=outage.pk,
        number=1,
        title="OpenAI fails",
        severity=Severity.PAGE,
        opened_at=began,
        last_seen_at=began,
    )
    where = f"/nexus/alerts/{problem.pk}/diagnosis/"
    assert "Outage at OpenAI" in alice_client.get(where).content.decode()
    assert charlie_client.get(where).status_code == 404
    Problem.objects.update(api_id=None)
    assert alice_client.get(where).status_code == 404


def test_where_all_is_well_it_says_so(alice_client: Client, apis: dict[str, Api], calls: Callable[..., None]) -> None:
    calls(apis["openai"], range(80, 0, -1), share=0.01, **DOWN)
    assert "Nothing out of the ordinary" in page(alice_client, apis["openai"])


def test_other_pages_get_the_cards_alone(alice_client: Client, outage: Api) -> None:
    part = alice_client.get(f"/nexus/apis/{outage.pk}/diagnosis/", headers={"HX-Request": "true"}).content.decode()
    assert "Likely causes" in part
    assert "<html" not in part


def test_strangers_learn_nothing(charlie_client: Client, outage: Api) -> None:
    assert charlie_client.get(f"/nexus/apis/{outage.pk}/diagnosis/").status_code == 404
