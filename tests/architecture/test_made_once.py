"""A form that is sent twice makes one thing, without any script: whoever presses twice sees the answer of the first."""

import re
from datetime import timedelta

import pytest
from django.db.models import Model
from django.test import Client

from emporion.accounts.models import ApiToken, Organisation, Person, Project
from emporion.checkout.tests.test_stampede import at_once
from emporion.gateway.routing.models import GatewayKey
from emporion.kernel.clock import utcnow
from emporion.nexus.signals.models import HeartbeatRow, Receiver
from emporion.plumbing.models import IdempotencyKey
from tests.cast import client_of

pytestmark = [pytest.mark.requirement("UX-02")]
TOKENS, PLACE = "/settings/tokens/", "/settings/organisation/"
SECRET = re.compile(r"emp_[\w-]{20,}")


def form_of(client: Client, page: str, action: str = "") -> dict[str, str]:
    """The hidden fields of a form as its page gives them."""
    target = f' action="{action}"' if action else ""
    form = re.search(rf'<form class="[\w-]+" method="post"{target}>(.*?)</form>', client.get(page).text, re.DOTALL)
    assert form
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[1]))


@pytest.mark.django_db(transaction=True)
def test_four_clicks_at_one_moment_make_one_token_and_all_show_its_secret(alice_person: Person, workspace) -> None:
    browsers = [client_of(alice_person) for _ in range(4)]
    sent = form_of(browsers[0], TOKENS) | {"name": "nightly é", "scope": "read"}
    answers = at_once(lambda number: browsers[number].post(TOKENS, sent), 4)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert ApiToken.objects.count() == 1
    assert len({SECRET.search(answer.text)[0] for answer in answers}) == 1
    kept = IdempotencyKey.objects.get(scope=f"form:{alice_person.id}").answer
    assert not SECRET.search(kept), "what opens a door is not read in the table"


@pytest.mark.django_db
def test_organizations_and_projects_are_made_once_and_others_are_made_anew(alice_client: Client, workspace) -> None:
    for path, model in (("/settings/organisations/", Organisation), ("/settings/projects/", Project)):
        sent = form_of(alice_client, PLACE, path) | {"name": "Zweite"}
        before = model.objects.count()
        answers = [alice_client.post(path, sent) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [302, 302]
        assert answers[0]["Location"] == answers[1]["Location"]
        assert model.objects.count() == before + 1
        alice_client.post(path, sent | {"name": "Dritte"})
        assert model.objects.count() == before + 2, "went back and typed another name"


@pytest.mark.django_db
def test_who_goes_back_later_and_sends_the_same_means_it_anew(alice_client: Client, workspace) -> None:
    sent = form_of(alice_client, TOKENS) | {"name": "nightly", "scope": "read"}
    alice_client.post(TOKENS, sent)
    IdempotencyKey.objects.update(created_at=utcnow() - timedelta(minutes=11))
    alice_client.post(TOKENS, sent)
    assert ApiToken.objects.count() == 2
    assert IdempotencyKey.objects.filter(scope__startswith="form:").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("page", "said", "model"),
    [
        ("/nexus/heartbeats/new/", {"name": "Köln", "period": "3600", "grace": "300"}, HeartbeatRow),
        ("/nexus/telemetry/", {"name": "Köln"}, Receiver),
        ("/nexus/gateway/keys/", {"name": "Köln", "requests_per_minute": "0", "tokens_per_minute": "0"}, GatewayKey),
    ],
)
def test_what_a_project_is_given_is_made_once(
    alice_client: Client, workspace, page: str, said: dict[str, str], model: type[Model]
) -> None:
    given = re.search(r'name="once" value="([^"]+)"', alice_client.get(page).text)
    assert given
    for _ in range(2):
        assert alice_client.post(page, said | {"once": given[1]}).status_code in {200, 302}
    assert model._default_manager.count() == 1
