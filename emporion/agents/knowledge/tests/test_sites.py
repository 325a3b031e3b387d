"""Web pages and sitemaps, read from a real server on loopback."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.test import Client

from emporion.agents.knowledge.models import Document, Source
from emporion.agents.knowledge.site import page
from emporion.agents.knowledge.tests.web import add
from emporion.agents.runtime.tests.test_chat import ask, final
from emporion.kernel.clock import utcnow


@pytest.mark.requirement("BUY-14")
def test_a_web_page_is_read_and_quoted(alice_client: Client, agent_id: UUID, site: str, drain: Callable[..., int]) -> None:
    add(alice_client, agent_id, f"{site}/lions")
    drain(utcnow())
    assert Source.objects.get(kind="page").state == "ready"
    assert "14:20" in final(ask(alice_client, agent_id, "When are the lions of Chester fed?"))["html"]


@pytest.mark.requirement("BUY-14")
@pytest.mark.parametrize(("path", "name"), [("/rye%00%0A%E2%80%AE%20prices", "rye prices.html"), ("/%00", "127.0.0.1.html")])
def test_what_cannot_be_printed_of_an_address_comes_into_no_name(
    site: str, pages: dict[str, str | bytes], path: str, name: str
) -> None:
    pages[path] = "<p>Rye costs 2 euros.</p>"
    assert page(f"{site}{path}").name == name


@pytest.mark.requirement("BUY-14")
def test_an_address_without_a_scheme_is_read_by_the_one_that_answers(
    alice_client: Client, agent_id: UUID, site: str, drain: Callable[..., int]
) -> None:
    for _ in range(2):  # the second time it is known, and read again
        add(alice_client, agent_id, f"{site.removeprefix('http://')}/lions")
        drain(utcnow())
    source = Source.objects.get(kind="page")
    assert (source.state, source.address) == ("ready", f"{site}/lions")
    add(alice_client, agent_id, f"https{site.removeprefix('http')}/lions")
    drain(utcnow())
    typed = Source.objects.get(kind="page", address__startswith="https:")
    assert (typed.state, typed.problem) == ("failed", "This address does not answer."), "who typed https gets nothing less"


@pytest.mark.requirement("BUY-14")
def test_a_sitemap_brings_its_pages_and_names_those_that_could_not_be_read(
    alice_client: Client, agent_id: UUID, site: str, drain: Callable[..., int]
) -> None:
    add(alice_client, agent_id, site, "site")
    drain(utcnow())
    source = Source.objects.get(kind="sitemap")
    assert source.state == "ready", source.problem
    assert [document.name for document in source.documents.all()] == ["Lions", "Bears"]
    assert "2 pages could not be read." in source.note
    assert not Document.objects.filter(text__contains="secret", source=source).exists()


@pytest.mark.requirement("BUY-14")
def test_the_address_of_a_sitemap_is_read_as_its_pages_whatever_was_chosen(
    alice_client: Client, agent_id: UUID, site: str, drain: Callable[..., int]
) -> None:
    add(alice_client, agent_id, f"{site}/map.xml", "page")
    drain(utcnow())
    source = Source.objects.get(kind="sitemap")
    assert (source.kind, source.state) == ("sitemap", "ready")
    assert [document.name for document in source.documents.all()] == ["Lions", "Bears"]


@pytest.mark.requirement("BUY-14")
def test_robots_txt_is_obeyed(alice_client: Client, agent_id: UUID, site: str, drain: Callable[..., int]) -> None:
    add(alice_client, agent_id, f"{site}/private/x")
    drain(utcnow())
    page = alice_client.get(f"/agents/{agent_id}/training/").content.decode()
    assert "asks robots not to read this page" in page


@pytest.mark.requirement("BUY-14", "SEC-02")
def test_an_address_inside_our_network_is_not_read(alice_client: Client, agent_id: UUID, drain: Callable[..., int]) -> None:
    add(alice_client, agent_id, "http://127.0.0.1:9/admin")
    add(alice_client, agent_id, "http://169.254.169.254/latest/meta-data/")
    drain(utcnow())
    assert {source.state for source in Source.objects.filter(kind="page")} == {"failed"}
    assert alice_client.get(f"/agents/{agent_id}/training/").content.decode().count("cannot be read from here") == 2


@pytest.mark.requirement("BUY-14")
@pytest.mark.parametrize("address", ["file:///etc/passwd", "foo", "our page.example", "https://", "", "http://[", "[1,"])
def test_what_is_no_web_address_is_refused_at_once(alice_client: Client, agent_id: UUID, address: str, db: None) -> None:
    assert "This is not a web address." in add(alice_client, agent_id, address)
    assert not Source.objects.filter(kind="page").exists()
