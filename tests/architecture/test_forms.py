"""What forms and links that an attacker wrote can make the browser of somebody who is signed in do."""

import pytest
from django.db import transaction
from django.test import Client

from tests.architecture.reads import looks
from tests.architecture.standing import alice_person, standing, workspace, world
from tests.architecture.tenant_world import World
from tests.architecture.test_tenants import addresses, patterns

__all__ = ["alice_person", "standing", "workspace", "world"]

pytestmark = [pytest.mark.long, pytest.mark.django_db, pytest.mark.requirement("SEC-02")]

# Forms from elsewhere are let in here, each because no browser sends by itself what these addresses ask for.
WITHOUT_CSRF = {
    "webhook": "carries the provider's signature",
    "stripe_webhook": "carries Stripe's signature",
    "appearance": "chooses light or dark and nothing else; the origin is checked",
    "chat": "carries an agent's key",
    "completions": "carries an agent's key",
    "models": "carries an agent's key",
    "not-offered": "carries an agent's key",
    "google_login_by_token": "checks Google's own cookie against the form",
    "answer": "carries the signed token of one page for one person, and takes that page",
    "declare-by-link": "carries the same token, and declares one incident of that page's problem",
    "receipt": "carries the signed receipt of one push, and says only that it arrived or was opened",
    "widget-session": "gives nothing that a visitor could not have; the origin is checked",
    "widget-messages": "carries the visitor's session in a header; the origin is checked",
    "widget-person": "carries the visitor's session in a header; the origin is checked",
    "widget-feedback": "carries the visitor's session in a header; the origin is checked",
}
# The JSON API: a token is in no browser, and for the session of a person it checks the form itself.
SESSION_OR_TOKEN = ("api/marketplace/", "api/insights/", "api/nexus/")
# Opens to whoever knows its address, and to nobody else: it holds the token, and no session is looked at.
BY_ADDRESS = {"deploy-webhook", "alertmanager"}
# Opens to a key in a header alone; who is signed in is not looked at.
KEY_ALONE = ("api/v1/", "v1/metrics", "v1/revenue")
ELSEWHERE = [
    "//evil.example/",
    "/\\evil.example/",
    "https://evil.example/",
    "/\t/evil.example/",
    "\\\\evil.example",
    "javascript:x",
    "http://[evil",
]


def test_only_addresses_that_browsers_cannot_be_tricked_into_do_without_the_token_of_a_form() -> None:
    exempt = {
        entry.name
        for path, entry in patterns()
        if getattr(entry.callback, "csrf_exempt", False)
        and not path.startswith((*SESSION_OR_TOKEN, *KEY_ALONE, "api/openapi", "identity/"))
    }
    assert exempt - {"api-root"} <= set(WITHOUT_CSRF), exempt - set(WITHOUT_CSRF)


def test_every_form_from_elsewhere_is_refused(world: World) -> None:
    """Also the JSON API, when it is the session that says who asks."""
    client = Client(enforce_csrf_checks=True)
    client.cookies = world.clients["alice"].cookies
    exempt = {entry.name for _, entry in patterns() if getattr(entry.callback, "csrf_exempt", False)}
    for address in addresses(world):
        if address.name in exempt and not address.path.startswith(tuple(f"/{one}" for one in SESSION_OR_TOKEN)):
            continue
        refusals = {401, 403, 405} | ({404} if address.name in BY_ADDRESS else set())
        assert client.post(address.path, {"x": "1"}).status_code in refusals, address.path


@pytest.mark.parametrize("place", ELSEWHERE)
def test_no_form_sends_people_to_another_site(place: str, world: World) -> None:
    alice, ids = world.clients["alice"], world.ids
    told = {"next": place, "question": "Why?", "answer": "So."}
    for path, said in (
        (f"/agents/{ids['agent_id']}/correct/", told),
        (f"/widgets/{ids['implementation_id']}/", told | {"do": "pause"}),
        ("/switch/", told | {"organisation": ids["organisation_id"]}),
        ("/appearance/", told),
    ):
        response = alice.post(path, said)
        assert response.status_code in {204, 302}, path
        assert "evil" not in response.headers.get("Location", ""), path
        assert "javascript" not in response.headers.get("Location", ""), path


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/signup/"])
@pytest.mark.parametrize("place", ELSEWHERE)
def test_signing_in_leads_to_no_other_site(path: str, place: str) -> None:
    said = {"email": "eve@elsewhere.example", "password1": "a long enough passphrase", "name": "Eve", "next": place}
    client = Client()
    client.post("/accounts/signup/", said)
    if path.endswith("login/"):
        client.logout()
        said = {"login": said["email"], "password": said["password1"], "next": place}
        response = client.post(path, said)
        assert response.status_code == 302
        assert "evil" not in response["Location"]


@pytest.mark.parametrize(
    "place", ["/team/invitations/{invitation_id}/revoke/", "https://evil.example/", "/agents/{agent_id}/widget/secret/"]
)
def test_the_undo_of_a_link_from_elsewhere_posts_nothing_but_an_undo(place: str, world: World) -> None:
    page = world.clients["alice"].get(f"/agents/{world.ids['agent_id']}/training/", {"deleted": place.format(**world.ids)})
    assert place.format(**world.ids) not in page.content.decode()
    own = f"/agents/{world.ids['agent_id']}/training/{world.ids['source_id']}/restore/"
    page = world.clients["alice"].get(f"/agents/{world.ids['agent_id']}/training/", {"deleted": own})
    assert f'action="{own}"' in page.content.decode()


ANY_COLUMN_TAKES = ["http://[::1", "²", "tok:\u202e", "00000000-0000-0000-0000-000000000000", "9" * 5000]
DATABASES_DIFFER = ["-1", "9" * 40, "\x00"]


@pytest.mark.parametrize("value", ANY_COLUMN_TAKES, ids=range(len(ANY_COLUMN_TAKES)))
def test_nonsense_that_any_column_takes_breaks_nothing(value: str, world: World, deaf: set[str]) -> None:
    assert broken_by(value, world, deaf) == []


@pytest.mark.parametrize("value", DATABASES_DIFFER, ids=range(len(DATABASES_DIFFER)))
def test_nonsense_that_databases_take_differently_breaks_nothing(value: str, world: World, deaf: set[str]) -> None:
    assert broken_by(value, world, deaf) == []


@pytest.fixture(scope="module")
def deaf() -> set[str]:
    """The requests, as they are met, that looked at nothing of what was sent: they are not asked again with something else."""
    return set()


def broken_by(value: str, world: World, deaf: set[str]) -> list[str]:
    """The addresses that fail when every field that any form or query of ours has holds this."""
    names = (
        "number conversation retry_of message pair remove kind key plan cycle method project organisation payment amount other"
    )
    names += " person grant email before page offering q sort next do verb question text name state scope token url address"
    names += " back base_url site month days revision due"
    said = dict.fromkeys(names.split(), value)
    alice = world.clients["alice"]
    alice.raise_request_exception = False
    kept, broken = alice.cookies.copy(), []
    for address in addresses(world):
        if address.name.startswith(("google", "twitter", "openid")):
            continue
        for method in ("get", "post"):
            request = f"{method} {address.path}"
            if request in deaf:
                continue
            alice.cookies = kept.copy()
            mark = transaction.savepoint()
            with looks(said) as seen:
                response = getattr(alice, method)(address.path, said)
            if response.status_code == 500:
                broken.append(request)
            elif not seen:
                deaf.add(request)
            transaction.set_rollback(False)
            transaction.savepoint_rollback(mark)
    return broken
