"""The whole matrix: every address and verb of accounts, tried by everybody of the cast."""

import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import URLPattern

from emporion.accounts import urls
from emporion.accounts.actions import ask_for_export, create_token, invite, keep_export
from emporion.accounts.models import Invitation, Person
from emporion.accounts.types import Grant, TokenScope
from emporion.kernel.clock import utcnow
from emporion.notify.models import MailMessage
from emporion.plumbing.types import Actor, Role

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("ACC-05", "SEC-01")]
WHO = ("owner", "manager", "admin", "member", "stranger", "anonymous")
LOGIN = "login"  # led to the log-in page
# What each of WHO gets; 302 is the way back to the page after a POST went through. A stranger acts in their own organisation.
EVERYBODY = (200, 200, 200, 200, 200, LOGIN)
EVERYBODY_POSTS = (302, 302, 302, 302, 302, LOGIN)
MATRIX: dict[tuple[str, str], tuple[int | str, ...]] = {
    ("team", "get"): EVERYBODY,
    ("team", "post"): (302, 302, 403, 403, 404, LOGIN),
    ("resend", "post"): (302, 302, 403, 403, 404, LOGIN),
    ("revoke", "post"): (302, 302, 403, 403, 404, LOGIN),
    ("restore", "post"): (302, 302, 403, 403, 404, LOGIN),
    ("change_role", "post"): (302, 302, 403, 403, 404, LOGIN),
    ("remove", "post"): (302, 302, 403, 302, 404, LOGIN),  # the member is the one to be removed, and may leave
    ("invitation", "get"): (200, 200, 200, 200, 200, 200),
    ("invitation", "post"): (302, 302, 302, 302, 302, 200),
    ("switch", "post"): (302, 302, 302, 302, 404, LOGIN),
    ("settings", "get"): EVERYBODY,
    ("settings", "post"): EVERYBODY_POSTS,
    ("verify", "post"): EVERYBODY_POSTS,
    ("organisation", "get"): EVERYBODY,
    ("organisation", "post"): (302, 403, 403, 403, 302, LOGIN),
    ("create_organisation", "post"): EVERYBODY_POSTS,
    ("create_project", "post"): (302, 302, 403, 403, 302, LOGIN),
    ("rename_project", "post"): (302, 302, 403, 403, 404, LOGIN),
    ("notifications", "get"): EVERYBODY,
    ("notifications", "post"): EVERYBODY_POSTS,
    ("security", "get"): EVERYBODY,
    ("second_step", "get"): EVERYBODY_POSTS,
    ("tokens", "get"): EVERYBODY,
    ("tokens", "post"): EVERYBODY,
    ("revoke_token", "post"): (302, 404, 404, 404, 404, LOGIN),
    ("restore_token", "post"): (302, 404, 404, 404, 404, LOGIN),
    ("data", "get"): EVERYBODY,
    ("export", "post"): EVERYBODY_POSTS,
    ("download_export", "get"): (200, 404, 404, 404, 404, LOGIN),
    ("leave", "post"): EVERYBODY_POSTS,
    ("audit", "get"): (200, 403, 403, 403, 200, LOGIN),
}
FIELDS = {
    "settings": {"name": "N", "locale": "en", "time_zone": "UTC"},
    "organisation": {"name": "Renamed"},
    "create_organisation": {"name": "Another"},
    "create_project": {"name": "Another"},
    "rename_project": {"name": "Renamed"},
    "tokens": {"name": "t"},
}


@pytest.fixture
def clients(
    alice_client: Client, mary_client: Client, ada_client: Client, bob_client: Client, charlie_client: Client
) -> dict[str, Client]:
    people = (alice_client, mary_client, ada_client, bob_client, charlie_client, Client())
    return dict(zip(WHO, people, strict=True))


@pytest.fixture
def address(alice: Actor, project_id: UUID, bob_person: Person, now: datetime) -> Callable[[str], str]:
    invite(email="zoe@marchetti.example", grant=Grant(role=Role.MEMBER, project_id=project_id), actor=alice, now=utcnow())
    token, _ = create_token(name="t", scope=TokenScope.READ, actor=alice, now=now)
    values = {
        "invitation_id": Invitation.objects.get().id,
        "person_id": bob_person.id,
        "project_id": project_id,
        "token_id": token.id,
        "token": re.search(r"inv_[\w-]+", MailMessage.objects.get().text)[0],
    }

    values["export_id"] = ask_for_export(actor=alice, now=now)
    keep_export(export_id=values["export_id"], content=ContentFile(b"x"), title="Ready", now=utcnow())

    def of(name: str) -> str:
        pattern = next(entry for entry in urls.urlpatterns if entry.name == name)
        path = str(pattern.pattern)
        for part, converter in pattern.pattern.converters.items():
            kind = "uuid" if "UUID" in type(converter).__name__ else "str"
            path = path.replace(f"<{kind}:{part}>", str(values[part]))
        return f"/{path}"

    return of


def test_the_matrix_knows_every_address() -> None:
    names = {entry.name for entry in urls.urlpatterns if isinstance(entry, URLPattern)}
    assert names == {name for name, _ in MATRIX}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize(("name", "method"), MATRIX)
def test_everybody_gets_what_their_role_gives(
    who: str, name: str, method: str, clients: dict[str, Client], address: Callable[[str], str], project_id: UUID
) -> None:
    fields = FIELDS.get(name, {"email": "new@person.example", "grant": f"member:{project_id}", "project": str(project_id)})
    response = getattr(clients[who], method)(address(name), fields if method == "post" else {})
    is_led_away = response.status_code == 302 and response["Location"].startswith("/accounts/login/")
    assert (LOGIN if is_led_away else response.status_code) == MATRIX[name, method][WHO.index(who)]


@pytest.mark.parametrize(
    "name", ["resend", "revoke", "restore", "change_role", "remove", "switch", "create_project", "revoke_token", "verify"]
)
def test_what_changes_something_is_not_done_by_following_a_link(
    name: str, alice_client: Client, address: Callable[[str], str]
) -> None:
    assert alice_client.get(address(name)).status_code == 405


@pytest.mark.requirement("SEC-02")
def test_a_form_from_elsewhere_is_refused(alice_person: Person, address: Callable[[str], str]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice_person)
    assert client.post(address("create_project"), {"name": "x"}).status_code == 403


def test_a_program_that_is_unknown_gets_a_problem_not_a_page(client: Client, db: None) -> None:
    response = client.get("/team/", headers={"Accept": "application/json"})
    assert (response.status_code, response["Content-Type"]) == (401, "application/problem+json")


@pytest.mark.parametrize("path", ["/orders/", "/app/notes/"])
def test_who_signs_in_comes_back_with_the_query_unless_it_is_overlong(client: Client, db: None, path: str) -> None:
    short = client.get(path, {"q": "caffè"})["Location"]
    assert short.endswith(quote(f"{path}?q=caff%C3%A8", safe=""))
    long = client.get(path, {"q": "caffè" * 600})["Location"]
    assert long.endswith(f"next={quote(path, safe='')}")
