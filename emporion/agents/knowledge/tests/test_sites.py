"""Web pages and sitemaps, read from a real server on loopback."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.test import Client

from emporion.agents.knowledge.models import Document, Source
from emporion.agents.runtime.tests.test_chat import ask, final
from emporion.kernel.clock import utcnow

PAGES = {
    "/robots.txt": "User-agent: *\nDisallow: /private/\nSitemap: {site}/map.xml\n",
    "/map.xml": "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
    "<url><loc>{site}/lions</loc></url><url><loc>{site}/private/x</loc></url><url><loc>{site}/gone</loc></url>"
    "<url><loc>{site}/bears</loc></url><url><loc>http://elsewhere.example/</loc></url><url><loc>http://[</loc></url></urlset>",
    "/lions": "<html><head><title>Lions</title></head><body><main><h1>Lions</h1>"
    "<p>The lions of Chester are fed at 14:20 each day by Rosa.</p></main></body></html>",
    "/bears": "<html><head><title>Bears</title></head><body><main><h1>Bears</h1>"
    "<p>The bears of Chester sleep from November to March in the old mill.</p></main></body></html>",
    "/private/x": "<p>secret</p>",
}


@pytest.fixture
def site(settings: LazySettings) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            text = PAGES.get(self.path)
            body = (text or "no").replace("{site}", address).encode()
            self.send_response(200 if text else 404)
            self.send_header("Content-Type", "text/xml" if self.path.endswith(".xml") else "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    address = f"http://127.0.0.1:{server.server_address[1]}"
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, outbound_allow=address.removeprefix("http://"))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield address
    server.shutdown()
    server.server_close()


def add(client: Client, agent_id: UUID, address: str, scope: str = "page") -> str:
    sent = {"address": address, "scope": scope}
    return client.post(f"/agents/{agent_id}/training/web/", sent, follow=True).content.decode()


@pytest.mark.requirement("BUY-14")
def test_a_web_page_is_read_and_quoted(alice_client: Client, agent_id: UUID, site: str, drain: Callable[..., int]) -> None:
    add(alice_client, agent_id, f"{site}/lions")
    drain(utcnow())
    assert Source.objects.get(kind="page").state == "ready"
    assert "14:20" in final(ask(alice_client, agent_id, "When are the lions of Chester fed?"))["html"]


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
