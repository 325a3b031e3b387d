import re
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from emporion.accounts.models import Membership, Organisation, Person
from emporion.accounts.types import Workspace
from emporion.agents.apps.models import AppSession, Board, Note, SignIn
from emporion.billing import queries as billing
from emporion.billing.actions import start_subscription
from emporion.billing.models import Subscription
from emporion.billing.types import Cycle, SubscriptionStart
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.plumbing.types import Actor, Role
from tests.cast import client_of

pytestmark = pytest.mark.django_db
Get = Callable[..., UUID]
NOTES, STATUS = "/app/notes/", "/app/status/"


@pytest.fixture
def get(catalogue: None, workspace: Workspace, alice_person: Person, now: datetime) -> Get:
    """Buys an app for alice's organisation, or for the one of another actor."""

    def bought(slug: str, owner: Actor | None = None) -> UUID:
        plan = billing.product(slug).plans[0]
        start = SubscriptionStart(
            id=new_id(),
            organisation_id=owner.organisation if owner else workspace.organisation.id,
            project_id=min(owner.project_ids) if owner else workspace.project.id,
            person_id=alice_person.id,
            plan_id=plan.id,
            cycle=plan.cycles[0],
            price=plan.monthly or plan.one_time or Money.of("0", "USD"),
        )
        assert Cycle(plan.cycles[0])
        return start_subscription(start=start, now=now).id

    return bought


def opened(client: Client, path: str) -> str:
    """The page at the end of all redirects, as a browser that is signed in to the platform would see it."""
    return arrived(client, path).content.decode()


def arrived(client: Client, path: str) -> HttpResponse:
    response = client.get(path)
    for _ in range(8):
        if response.status_code != 302:
            break
        response = client.get(response["Location"])
    return response


def write(client: Client, title: str, text: str) -> str:
    response = client.post(f"{NOTES}new/", {"title": title, "text": text})
    assert response.status_code == 302, response.content.decode()[:2000]
    return str(response["Location"])


@pytest.mark.requirement("BUY-10", "BUY-12")
def test_the_buyer_finds_the_app_with_its_button_and_lands_signed_in(get: Get, alice_client: Client) -> None:
    subscription_id = get("team-notes")
    assert "Team Notes" in opened(alice_client, "/apps/")
    page = opened(alice_client, f"/apps/{subscription_id}/")
    assert "Open Team Notes" in page
    launch = re.search(r'href="(/app/notes/sign-in/[^"]+)"', page)
    assert launch
    assert "No notes yet" in opened(alice_client, launch[1].replace("&amp;", "&"))
    assert "Alicé" in opened(alice_client, NOTES)
    assert "Opened" in opened(alice_client, f"/apps/{subscription_id}/")


@pytest.mark.requirement("SEC-02")
def test_the_app_uses_its_own_cookie_and_pkce_and_never_the_session_of_the_platform(get: Get, alice_client: Client) -> None:
    get("team-notes")
    sent = alice_client.get(f"{NOTES}sign-in/")
    asked = parse_qs(urlsplit(sent["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["scope"] == ["openid profile email organisation"]
    opened(alice_client, NOTES)
    cookie = alice_client.cookies["emporion_notes"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (NOTES, True, "Lax")
    alice_client.cookies.pop("sessionid")
    assert "No notes yet" in opened(alice_client, NOTES)
    only_platform = Client()
    assert only_platform.get(NOTES).status_code == 302


@pytest.mark.requirement("SEC-02")
def test_a_sign_in_cannot_be_forged_replayed_or_finished_in_another_browser(get: Get, alice_client: Client) -> None:
    get("team-notes")
    sent = alice_client.get(f"{NOTES}sign-in/")
    back = alice_client.get(sent["Location"])["Location"]
    assert Client().get(back).status_code == 403, "another browser did not begin this"
    assert alice_client.get(back.replace("state=", "state=x")).status_code == 403
    assert alice_client.get(back).status_code == 302
    assert alice_client.get(back).status_code == 403, "a code is good once"
    assert not SignIn.objects.exists()


@pytest.mark.requirement("SEC-01")
def test_people_whose_organisation_has_no_subscription_are_refused_with_the_way_to_get_it(
    get: Get, charlie_client: Client
) -> None:
    get("team-notes")
    response = arrived(charlie_client, NOTES)
    page = response.content.decode()
    assert response.status_code == 403
    assert "Your organization does not have this app." in page
    assert "/marketplace/team-notes/" in page
    assert not AppSession.objects.exists()
    assert charlie_client.get(f"{NOTES}new/").status_code == 302


@pytest.mark.requirement("SEC-01")
def test_whoever_leaves_the_organisation_or_whose_subscription_ends_is_out_at_the_next_check(
    get: Get, alice_client: Client, bob_client: Client, bob_person: Person, now: datetime
) -> None:
    subscription_id = get("team-notes")
    for client in (alice_client, bob_client):
        assert "No notes yet" in opened(client, NOTES)
    Membership.objects.filter(person=bob_person).delete()
    AppSession.objects.update(checked_at=now - timedelta(days=1))
    assert "does not have this app" in opened(bob_client, NOTES)
    assert "No notes yet" in opened(alice_client, NOTES)
    Subscription.objects.filter(id=subscription_id).update(state="ended")
    AppSession.objects.update(checked_at=now - timedelta(days=1))
    assert "does not have this app" in opened(alice_client, NOTES)
    assert "Nobody can open the app now" in opened(alice_client, f"/apps/{subscription_id}/")


@pytest.mark.requirement("BUY-10")
def test_notes_are_written_found_pinned_changed_deleted_and_brought_back(
    get: Get, alice_client: Client, bob_client: Client
) -> None:
    get("team-notes")
    opened(alice_client, NOTES)
    opened(bob_client, NOTES)
    first = write(alice_client, "Café key", "# Where\n\nUnder the **mat**.")
    write(alice_client, "Release", "Tag, then wait.")
    assert "Café key" in opened(bob_client, f"{NOTES}?q=cafe+MAT")
    assert "No note has these words" in opened(bob_client, f"{NOTES}?q=cafe+tag")
    assert "<strong>mat</strong>" in opened(bob_client, first)
    bob_client.post(f"{first}pin/", {"pin": "1"})
    listing = opened(alice_client, NOTES)
    assert listing.index("Café key") < listing.index("Release")
    assert "Pinned" in listing
    bob_client.post(f"{first}edit/", {"title": "Café key", "text": "In the drawer.", "revision": "1"})
    assert "In the drawer." in opened(alice_client, first)
    deleted = alice_client.post(f"{first}delete/")["Location"]
    page = opened(alice_client, deleted)
    assert "The note is deleted." in page
    assert "In the drawer." not in page
    alice_client.post(f"{first}restore/")
    assert "In the drawer." in opened(alice_client, first)


@pytest.mark.requirement("UX-02")
def test_two_people_who_edit_one_note_lose_nothing(get: Get, alice_client: Client, bob_client: Client) -> None:
    get("team-notes")
    opened(alice_client, NOTES)
    opened(bob_client, NOTES)
    path = write(alice_client, "Plan", "one")
    bob_client.post(f"{path}edit/", {"title": "Plan", "text": "two by Bob", "revision": "1"})
    for revision in ("1", "²", "9" * 5000, ""):
        late = alice_client.post(f"{path}edit/", {"title": "Plan", "text": "three by Alice", "revision": revision})
        assert late.status_code == 422
        assert "Somebody else saved this note" in late.content.decode()
        assert "three by Alice" in late.content.decode()
    assert Note.objects.get().text == "two by Bob"


@pytest.mark.requirement("SEC-02")
def test_what_a_writer_puts_into_a_note_cannot_run_in_the_browser_of_a_reader(get: Get, alice_client: Client) -> None:
    get("team-notes")
    opened(alice_client, NOTES)
    text = "<script>alert(1)</script> [x](javascript:alert(1)) ![p](https://tracker.example/p.png) <img src=x onerror=alert(1)>"
    path = write(alice_client, "<b>t</b>", text)
    preview = alice_client.post(f"{NOTES}new/", {"title": "t", "text": text, "preview": "1"}).content.decode()
    for page in (opened(alice_client, path), preview):
        article = page[page.index("<article") : page.index("</article>")]
        assert "<script" not in article
        assert 'href="javascript' not in article
        assert "<img" not in article
    assert Note.objects.count() == 1, "a preview saves nothing"


@pytest.mark.requirement("SEC-01")
def test_organisations_with_the_same_app_do_not_see_each_others_notes(
    get: Get, alice_client: Client, charlie: Actor, charlie_client: Client
) -> None:
    get("team-notes")
    get("team-notes", charlie)
    opened(alice_client, NOTES)
    assert "No notes yet" in opened(charlie_client, NOTES)
    path = write(alice_client, "Secret plan", "ours")
    assert "Secret plan" not in opened(charlie_client, NOTES)
    assert charlie_client.get(path).status_code == 404
    for verb in ("edit", "pin", "delete", "restore"):
        assert charlie_client.post(f"{path}{verb}/", {"title": "x", "text": "x", "revision": "1"}).status_code == 404
    assert Note.objects.get().title == "Secret plan"


@pytest.mark.requirement("SEC-01", "ACC-03")
def test_somebody_in_two_organisations_switches_and_cannot_switch_to_a_third(
    get: Get, alice_person: Person, alice_client: Client, charlie: Actor, now: datetime
) -> None:
    get("team-notes")
    get("team-notes", charlie)
    opened(alice_client, NOTES)
    write(alice_client, "Halyard only", "x")
    theirs = Organisation.objects.get(id=charlie.organisation)
    assert alice_client.post(f"{NOTES}switch/", {"organisation": str(theirs.id)}).status_code == 403
    Membership.objects.create(person=alice_person, organisation=theirs, role=Role.MEMBER, created_at=now)
    launch = f"{NOTES}sign-in/?organisation={theirs.id}"
    assert "No notes yet" in opened(alice_client, launch)


@pytest.mark.requirement("SEC-01")
def test_signing_out_of_the_app_leaves_the_platform_alone(get: Get, alice_client: Client) -> None:
    get("team-notes")
    opened(alice_client, NOTES)
    assert "signed out of this app" in alice_client.post(f"{NOTES}leave/").content.decode()
    assert not AppSession.objects.exists()
    assert alice_client.get("/apps/").status_code == 200


@pytest.mark.requirement("BUY-10")
def test_a_status_board_says_what_is_down_since_when_and_what_is_done(get: Get, alice_client: Client, bob_client: Client) -> None:
    get("status-board")
    opened(alice_client, STATUS)
    opened(bob_client, STATUS)
    alice_client.post(STATUS, {"name": "Web shop"})
    page = opened(bob_client, STATUS)
    assert "Everything works" in page
    say = re.search(r'action="(/app/status/services/[0-9a-f-]+/)"', page)
    assert say
    bob_client.post(say[1], {"state": "down", "text": "The payment provider is away."})
    page = opened(alice_client, STATUS)
    assert "Something is down" in page
    assert "The payment provider is away." in page
    assert "Bob" in page
    removed = alice_client.post(f"{say[1]}remove/")["Location"]
    assert "The service is off the board." in opened(alice_client, removed)
    alice_client.post(f"{say[1]}restore/")
    assert "Web shop" in opened(alice_client, STATUS)
    assert alice_client.post(STATUS, {"name": " "}).status_code == 422


@pytest.mark.requirement("SEC-01")
def test_a_board_is_public_only_behind_its_secret_link_and_only_to_read(
    get: Get, alice_client: Client, charlie: Actor, charlie_client: Client
) -> None:
    subscription_id = get("status-board")
    get("status-board", charlie)
    opened(alice_client, STATUS)
    opened(charlie_client, STATUS)
    alice_client.post(STATUS, {"name": "Web shop"})
    page = opened(alice_client, STATUS)
    say = re.search(r'action="(/app/status/services/[0-9a-f-]+/)"', page)
    assert say
    assert charlie_client.post(say[1], {"state": "down", "text": "ha"}).status_code == 404
    alice_client.post(f"{STATUS}share/", {"on": "1"})
    link = re.search(r"/app/status/shared/[\w-]+/", opened(alice_client, STATUS))
    assert link
    public = Client().get(link[0])
    assert "Web shop" in public.content.decode()
    assert "<form" not in public.content.decode()
    assert public["X-Robots-Tag"] == "noindex"
    assert Client().get(f"{STATUS}shared/guess/").status_code == 404
    alice_client.post(f"{STATUS}share/")
    assert Client().get(link[0]).status_code == 404
    alice_client.post(f"{STATUS}share/", {"on": "1"})
    fresh = re.search(r"/app/status/shared/[\w-]+/", opened(alice_client, STATUS))
    assert fresh
    assert fresh[0] != link[0]
    Subscription.objects.filter(id=subscription_id).update(state="ended")
    assert Client().get(fresh[0]).status_code == 404


@pytest.mark.requirement("UX-02", "SEC-01")
def test_turning_the_secret_link_off_can_be_undone_for_an_hour_and_not_beside_a_new_one(get: Get, alice_client: Client) -> None:
    get("status-board")
    opened(alice_client, STATUS)

    def link_on_page() -> str:
        found = re.search(r"/app/status/shared/[\w-]+/", opened(alice_client, STATUS))
        return found[0] if found else ""

    def is_offered() -> bool:
        return 'name="undo"' in opened(alice_client, STATUS)

    alice_client.post(f"{STATUS}share/", {"on": "1"})
    link = link_on_page()
    assert not is_offered()
    for _ in range(2):  # off already, it stays what can be undone
        alice_client.post(f"{STATUS}share/")
    assert "The secret link is off" in opened(alice_client, STATUS)
    assert not link_on_page()
    assert Client().get(link).status_code == 404
    alice_client.post(f"{STATUS}share/", {"undo": "1"})
    assert link_on_page() == link
    assert Client().get(link).status_code == 200
    alice_client.post(f"{STATUS}share/")
    Board.objects.update(share_ended_at=utcnow() - timedelta(minutes=61))
    assert not is_offered()
    assert alice_client.post(f"{STATUS}share/", {"undo": "1"}).status_code == 409
    Board.objects.update(share_ended_at=utcnow())
    assert is_offered()
    alice_client.post(f"{STATUS}share/", {"on": "1"})
    assert not is_offered()
    assert alice_client.post(f"{STATUS}share/", {"undo": "1"}).status_code == 409, "there is a new one"
    assert Client().get(link).status_code == 404


@pytest.mark.requirement("SEC-01")
def test_strangers_do_not_see_the_apps_of_others(get: Get, charlie_client: Client) -> None:
    subscription_id = get("team-notes")
    assert charlie_client.get(f"/apps/{subscription_id}/").status_code == 404
    assert "Team Notes" not in opened(charlie_client, "/apps/")


@pytest.mark.requirement("SEC-02")
def test_the_provider_names_itself_by_configuration_and_tells_apps_no_other_organisation(get: Get, alice_client: Client) -> None:
    found = Client().get("/.well-known/openid-configuration", headers={"Host": "evil.example"}).json()
    assert found["issuer"] == "http://127.0.0.1:8000"
    assert all(not str(value).startswith("http://evil") for value in found.values()), found
    get("team-notes")
    opened(alice_client, NOTES)
    assert len(AppSession.objects.get().organisations) == 1
    opened(client_of(Person.objects.get(email="alice@halyard.example")), STATUS)
    assert AppSession.objects.count() == 1, "Team Notes does not open the Status Board"
