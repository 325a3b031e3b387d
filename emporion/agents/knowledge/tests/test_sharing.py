"""A page that several sources of an agent lead to is read once, by who has it first, and by the others once that is gone."""

import re
from collections.abc import Callable
from uuid import UUID

import pytest
from django.db.models import QuerySet
from django.test import Client

from emporion.agents.knowledge import reading
from emporion.agents.knowledge.models import Document, Source
from emporion.agents.knowledge.rules import page_key
from emporion.agents.knowledge.tests.web import PAGES, add
from emporion.agents.runtime.tests.test_chat import ask, final
from emporion.kernel.clock import utcnow

pytestmark = [pytest.mark.requirement("BUY-14", "BUY-17")]
WITHOUT_LIONS = PAGES["/map.xml"].replace("<url><loc>{site}/lions</loc></url>", "")
FED = "When are the lions of Chester fed?"


def have(agent_id: UUID) -> dict[str, list[str]]:
    """The documents of each web source that there is."""
    sources = Source.objects.present().filter(library_id=agent_id).exclude(kind="file").order_by("created_at")
    return {f"{one.kind} {one.state}": [document.name for document in one.documents.all()] for one in sources}


def row(client: Client, agent_id: UUID, source: Source) -> str:
    """What the row of a source says, without its marks."""
    page = client.get(f"/agents/{agent_id}/training/").content.decode()
    return " ".join(re.sub("<[^>]+>", " ", re.search(rf'<li id="s-{source.id}".*?</li>', page, re.DOTALL)[0]).split())


def read_one_by_one(client: Client, agent_id: UUID, read_all: Callable[[], None], *sources: tuple[str, str]) -> None:
    """Add web sources, each once those before it are read."""
    for address, scope in sources:
        add(client, agent_id, address, scope)
        read_all()


def change(client: Client, agent_id: UUID, source: Source, verb: str) -> None:
    client.post(f"/agents/{agent_id}/training/{source.id}/{verb}/")


@pytest.mark.parametrize("spelling", ["/lions", "/lions/", "/lions#fed"])
def test_a_page_that_a_site_lists_too_is_read_and_quoted_once(
    alice_client: Client, agent_id: UUID, site: str, asked: list[str], read_all, spelling: str
) -> None:
    add(alice_client, agent_id, site, "site")
    read_all()
    add(alice_client, agent_id, f"{site}{spelling}")
    read_all()
    assert have(agent_id) == {"sitemap ready": ["Lions", "Bears"], "page ready": []}
    assert sum(path.startswith("/lions") for path in asked) == 1
    page, whole = Source.objects.get(kind="page"), Source.objects.get(kind="sitemap")
    told = row(alice_client, agent_id, page)
    assert f"Already read with {whole.name}." in told
    assert "Read already" in told
    assert "0 pages" not in told
    assert final(ask(alice_client, agent_id, FED))["html"].count('class="cite"') == 1
    change(alice_client, agent_id, whole, "delete")
    read_all()
    assert have(agent_id) == {"page ready": ["Lions"]}
    assert "14:20" in final(ask(alice_client, agent_id, FED))["html"]
    change(alice_client, agent_id, whole, "restore")
    assert have(agent_id) == {"sitemap ready": ["Bears"], "page ready": ["Lions"]}
    assert "1 page is already read with Lions." in row(alice_client, agent_id, whole)
    assert final(ask(alice_client, agent_id, FED))["html"].count('class="cite"') == 1


def test_a_site_leaves_a_page_to_who_had_it_and_reads_it_once_that_is_gone(
    alice_client: Client, agent_id: UUID, site: str, asked: list[str], read_all
) -> None:
    add(alice_client, agent_id, f"{site}/lions")
    read_all()
    add(alice_client, agent_id, site, "site")
    read_all()
    assert have(agent_id) == {"page ready": ["Lions"], "sitemap ready": ["Bears"]}
    assert asked.count("/lions") == 1
    page, whole = Source.objects.get(kind="page"), Source.objects.get(kind="sitemap")
    assert "1 page is already read with Lions. 2 pages could not be read." in row(alice_client, agent_id, whole)
    alice_client.post(f"/agents/{agent_id}/training/again/")
    read_all()
    assert have(agent_id) == {"page ready": ["Lions"], "sitemap ready": ["Bears"]}
    change(alice_client, agent_id, page, "delete")
    read_all()
    assert have(agent_id) == {"sitemap ready": ["Lions", "Bears"]}
    assert "already read" not in row(alice_client, agent_id, whole)
    change(alice_client, agent_id, page, "restore")
    assert have(agent_id) == {"page ready": [], "sitemap ready": ["Lions", "Bears"]}
    assert "Already read with" in row(alice_client, agent_id, page)


def test_a_site_of_which_nothing_but_what_it_leaves_to_others_can_be_read_does_not_say_that_all_is_well(
    alice_client: Client, agent_id: UUID, site: str, pages: dict[str, str | bytes], read_all
) -> None:
    del pages["/bears"]
    add(alice_client, agent_id, f"{site}/lions")
    read_all()
    add(alice_client, agent_id, site, "site")
    read_all()
    whole = Source.objects.get(kind="sitemap")
    told = row(alice_client, agent_id, whole)
    assert "Not readable" in told
    assert "Read already" not in told
    assert "1 page is already read with Lions. 3 pages could not be read." in told
    page = alice_client.get(f"/agents/{agent_id}/training/").content.decode()
    assert f'href="/agents/{agent_id}/training/{whole.id}/"' not in page, "there is nothing to be seen of it"
    pages["/map.xml"] = "<urlset><url><loc>{site}/lions</loc></url></urlset>"
    change(alice_client, agent_id, whole, "again")
    read_all()
    assert "Read already" in row(alice_client, agent_id, whole)


@pytest.mark.parametrize("first", ["page", "sitemap"])
def test_what_is_restored_after_the_source_that_had_its_page_was_deleted_reads_it_itself(
    alice_client: Client, agent_id: UUID, site: str, read_all, first: str
) -> None:
    for address, scope in sorted([(site, "sitemap"), (f"{site}/lions", "page")], key=lambda one: one[1] != first):
        add(alice_client, agent_id, address, scope.replace("sitemap", "site"))
        read_all()
    holder, other = Source.objects.get(kind=first), Source.objects.exclude(kind=first).get(kind__in=("page", "sitemap"))
    for source in (other, holder):
        change(alice_client, agent_id, source, "delete")
    read_all()
    change(alice_client, agent_id, other, "restore")
    read_all()
    alone = {"page": {"sitemap ready": ["Lions", "Bears"]}, "sitemap": {"page ready": ["Lions"]}}[first]
    assert have(agent_id) == alone
    change(alice_client, agent_id, holder, "restore")
    read_all()
    assert have(agent_id) == alone | {"page": {"page ready": []}, "sitemap": {"sitemap ready": ["Bears"]}}[first]


def test_what_is_restored_after_the_source_that_had_its_page_let_go_of_it_reads_it_itself(
    alice_client: Client, agent_id: UUID, site: str, pages: dict[str, str | bytes], read_all
) -> None:
    read_one_by_one(alice_client, agent_id, read_all, (site, "site"), (f"{site}/lions", "page"))
    page, whole = Source.objects.get(kind="page"), Source.objects.get(kind="sitemap")
    change(alice_client, agent_id, page, "delete")
    pages["/map.xml"] = WITHOUT_LIONS
    change(alice_client, agent_id, whole, "again")
    read_all()
    change(alice_client, agent_id, page, "restore")
    read_all()
    assert have(agent_id) == {"sitemap ready": ["Bears"], "page ready": ["Lions"]}


def test_a_page_that_a_site_no_longer_lists_is_read_by_itself(
    alice_client: Client, agent_id: UUID, site: str, pages: dict[str, str | bytes], read_all
) -> None:
    read_one_by_one(alice_client, agent_id, read_all, (site, "site"), (f"{site}/lions", "page"))
    pages["/map.xml"] = WITHOUT_LIONS
    change(alice_client, agent_id, Source.objects.get(kind="sitemap"), "again")
    read_all()
    assert have(agent_id) == {"sitemap ready": ["Bears"], "page ready": ["Lions"]}


def test_two_sitemaps_of_one_site_bring_each_page_once(
    alice_client: Client, agent_id: UUID, site: str, pages: dict[str, str | bytes], asked: list[str], read_all
) -> None:
    pages["/map.xml"] = str(pages["/map.xml"]).replace("{site}/bears<", "{site}/lions/?<").replace("/gone", "/bears/#top")
    pages["/bears/"] = pages["/bears"]
    add(alice_client, agent_id, site, "site")
    read_all()
    add(alice_client, agent_id, f"{site}/map.xml")
    read_all()
    first, second = Source.objects.filter(kind="sitemap").order_by("created_at")
    assert [document.name for document in first.documents.all()] == ["Lions", "Bears"], "listed twice, and read once"
    assert [document.name for document in second.documents.all()] == []
    assert [path for path in asked if "ons" in path or "bears" in path] == ["/lions", "/bears/"]
    assert f"2 pages are already read with {first.name}." in row(alice_client, agent_id, second)


def test_two_that_read_one_page_at_the_same_moment_do_not_both_keep_it_nor_both_leave_it(
    alice_client: Client, agent_id: UUID, site: str, read_all, monkeypatch: pytest.MonkeyPatch
) -> None:
    swap = reading._swap

    def meanwhile(*given) -> None:
        """The page is read through while the site is about to be."""
        monkeypatch.setattr(reading, "_swap", swap)
        page = Source.objects.get(kind="page")
        reading.read(source_id=page.id, revision=page.revision)
        swap(*given)

    add(alice_client, agent_id, site, "site")
    add(alice_client, agent_id, f"{site}/lions")
    monkeypatch.setattr(reading, "_swap", meanwhile)
    read_all()
    assert have(agent_id) == {"sitemap ready": ["Bears"], "page ready": ["Lions"]}

    def gone(*given) -> None:
        """The page that the site leaves to its own source is deleted before the site has been read."""
        monkeypatch.setattr(reading, "_swap", swap)
        Source.objects.filter(kind="page").update(deleted_at=utcnow())
        swap(*given)

    monkeypatch.setattr(reading, "_swap", gone)
    change(alice_client, agent_id, Source.objects.get(kind="sitemap"), "again")
    read_all()
    assert have(agent_id) == {"sitemap ready": ["Lions", "Bears"]}


def test_who_deletes_or_restores_holds_the_library_before_any_source_as_who_reads_does(
    alice_client: Client, agent_id: UUID, site: str, read_all, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(alice_client, agent_id, site, "site")
    add(alice_client, agent_id, f"{site}/lions")
    read_all()
    whole = Source.objects.get(kind="sitemap")
    held: list[str] = []
    lock = QuerySet.select_for_update
    change_rows = QuerySet.update
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows: held.append(rows.model.__name__) or lock(rows))
    monkeypatch.setattr(QuerySet, "update", lambda rows, **to: held.append(rows.model.__name__) or change_rows(rows, **to))
    for verb in ("delete", "restore"):
        held.clear()
        change(alice_client, agent_id, whole, verb)
        assert next(name for name in held if name in {"Library", "Source"}) == "Library", verb


def test_an_address_that_is_known_is_read_again_however_it_is_spelt(
    alice_client: Client, agent_id: UUID, site: str, read_all
) -> None:
    for address in (f"{site}/lions", f"{site}/lions/", f"{site}/lions#fed", f"{site.removeprefix('http://')}/lions"):
        add(alice_client, agent_id, address)
        read_all()
    assert Source.objects.filter(kind="page").count() == 1
    assert Document.objects.filter(source__kind="page").count() == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://Zoo.example:443/a/", "https://zoo.example/a#b", True),
        ("http://zoo.example:80", "http://zoo.example/", True),
        ("https://zoo.example/löwen", "https://zoo.example/l%c3%b6wen/", True),
        ("https://zoë.example/a", "https://xn--zo-ija.example/a", True),
        ("http://[::1]:80/a", "http://[::1]/a", True),
        ("https://zoo.example/a", "https://zoo.example/A", False),
        ("https://zoo.example/a?b=1", "https://zoo.example/a?b=2", False),
        ("https://zoo.example:8443/a", "https://zoo.example/a", False),
        ("https://zoo.example/a", "http://zoo.example/a", False),
        ("https://zoo.example:x/a", "https://zoo.example/b", False),
    ],
)
def test_an_address_is_the_same_in_whatever_spelling(one: str, other: str, same: bool) -> None:
    assert (page_key(one) == page_key(other)) is same
