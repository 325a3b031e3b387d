"""Pages that join domains, as people meet them."""

import re
from urllib.parse import urljoin

import pytest
from django.test import Client

from emporion.accounts.models import Person
from emporion.accounts.types import Workspace
from emporion.web import documents

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("BUY-20", "UX-02")
def test_an_empty_dashboard_says_what_will_be_there_and_offers_the_way(alice_client: Client, workspace: Workspace) -> None:
    page = alice_client.get("/dashboard/").content.decode()
    assert "Nothing bought yet" in page
    assert "Nothing was paid this month." in page
    assert 'href="/marketplace/"' in page


@pytest.mark.requirement("UX-05")
def test_the_palette_finds_a_page_by_a_few_letters_and_nothing_else(alice_client: Client, workspace: Workspace) -> None:
    found = alice_client.get("/palette/", {"q": "bill"}).content.decode()
    assert 'href="/billing/"' in found
    assert "/team/" not in found


@pytest.mark.requirement("UX-02", "UX-05")
def test_a_palette_without_a_hit_says_so_and_leads_to_the_marketplace_with_the_same_words(
    alice_client: Client, workspace: Workspace
) -> None:
    nothing = alice_client.get("/palette/", {"q": "café & bar"}).content.decode()
    assert "Nothing of yours is called that" in nothing
    assert 'href="/marketplace/?q=caf%C3%A9+%26+bar"' in nothing
    assert "Search the marketplace for “café &amp; bar”" in nothing
    assert "/marketplace/?q=" not in alice_client.get("/palette/").content.decode()


@pytest.mark.requirement("UX-01")
def test_crawlers_and_old_browsers_find_what_they_ask_for(client: Client) -> None:
    robots = client.get("/robots.txt")
    assert robots.status_code == 200
    assert robots["Content-Type"].startswith("text/plain")
    assert "User-agent: *" in robots.content.decode()
    icon = client.get("/favicon.ico")
    assert icon.status_code == 302
    assert icon["Location"].endswith(".svg")


def test_a_page_of_the_documentation_is_rendered_and_leads_to_the_others(client: Client) -> None:
    page = client.get("/docs/operators/configuration").content.decode()
    assert "<table>" in page
    assert "EMPORION_HOME" in page
    assert client.get("/docs/operators/no-such-page").status_code == 404


def test_every_link_between_pages_of_the_documentation_leads_somewhere(client: Client) -> None:
    dead = set()
    for page in documents.pages():
        for target in re.findall(r'href="([^"#]+)', page.html):
            path = urljoin(f"/docs/{page.slug}", target)
            if path.startswith("/docs/") and client.get(path).status_code != 200:
                dead.add((page.slug, target))
    assert not dead


@pytest.mark.requirement("UX-02")
@pytest.mark.parametrize(("path", "kind"), [("/no/such/page", "text/html"), ("/api/no-such", "application/problem+json")])
def test_nothing_at_an_address_says_the_next_step_to_people_and_programs(client: Client, path: str, kind: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith(kind)
    assert "start from the marketplace" in answer.content.decode()


@pytest.mark.requirement("UX-02", "SEC-02")
@pytest.mark.parametrize(
    ("before", "next_step"),
    [
        (
            "http://testserver/checkout/docs-agent/?plan=pro",
            'href="http://testserver/checkout/docs-agent/?plan=pro">Open the page again',
        ),
        ("https://elsewhere.example/", 'href="/">Go to the start page'),
        ("", 'href="/">Go to the start page'),
    ],
)
def test_a_form_that_is_too_old_leads_back_to_its_page_and_one_of_another_site_does_not(before: str, next_step: str) -> None:
    answer = Client(enforce_csrf_checks=True, headers={"Referer": before}).post("/accounts/login/", {"login": "zoe@example.com"})
    assert answer.status_code == 403
    assert "Nothing was done." in answer.content.decode()
    assert next_step in answer.content.decode()


def test_a_form_from_elsewhere_to_a_page_that_takes_none_is_told_the_method_first(alice_person: Person) -> None:
    stranger = Client(enforce_csrf_checks=True)
    stranger.force_login(alice_person)
    answer = stranger.post("/agents/", {"x": "é"})
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    assert "This address is for reading, and takes no form." in answer.content.decode()
    assert 'href="/agents/"' in answer.content.decode()
    assert stranger.post("/settings/data/account/", {}).status_code == 403


@pytest.mark.requirement("UX-02")
@pytest.mark.parametrize(
    ("path", "leads_to"),
    [("/billing/credits/", "/billing/"), ("/settings/data/account/", "/settings/data/")],
)
def test_an_address_that_is_only_for_a_form_leads_back_to_its_page(
    alice_client: Client, workspace: Workspace, path: str, leads_to: str
) -> None:
    answer = alice_client.get(path)
    assert answer.status_code == 405
    assert "POST" in answer["Allow"]
    assert f'href="{leads_to}"' in answer.content.decode()
    assert "Nothing was done." in answer.content.decode()


@pytest.mark.requirement("UX-02")
@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/api/marketplace/quick-checkout/", "POST"), ("/webhooks/sandbox/", "POST"), ("/api/marketplace/offerings/", "GET")],
)
def test_a_wrong_method_is_a_problem_that_names_the_right_one(client: Client, path: str, allowed: str) -> None:
    answer = client.delete(path)
    assert answer.status_code == 405
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["next_step"] == f"Send {allowed}."
    assert answer["Allow"] == allowed.replace("GET", "GET, HEAD")


@pytest.mark.parametrize(
    "path",
    ["/api/marketplace/offerings/", "/api/openapi.json", "/api/marketplace/orders/", "/agents/", "/robots.txt", "/healthz"],
)
def test_head_is_taken_wherever_get_is(alice_client: Client, path: str) -> None:
    got, head = alice_client.get(path), alice_client.head(path)
    assert got.status_code != 405
    assert (head.status_code, head["Content-Type"]) == (got.status_code, got["Content-Type"])
    assert head["Content-Length"] == got["Content-Length"]
    assert head.content == b""


def test_head_of_what_only_takes_post_is_refused_as_get_is(client: Client) -> None:
    assert client.head("/api/marketplace/quick-checkout/").status_code == 405
