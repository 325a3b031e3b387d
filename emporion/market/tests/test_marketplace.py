"""Looking through the marketplace as a stranger does: by page and by API."""

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from emporion.market.actions import publish_offering
from emporion.market.manifest import read_listing
from emporion.market.models import Offering
from emporion.market.tests import sample
from emporion.plumbing.types import Actor

pytestmark = pytest.mark.django_db
API = "/api/marketplace/offerings/"


def names(found: dict[str, Any]) -> list[str]:
    return [one["name"] for one in found["results"]]


def ask(**asked: object) -> dict[str, Any]:
    response = Client().get(API, asked)
    assert response.status_code == 200, response.content
    return response.json()


def counts(found: dict[str, Any], facet: str) -> dict[str, int]:
    group = next(one for one in found["facets"] if one["name"] == facet)
    return {value["value"]: value["count"] for value in group["values"]}


@pytest.mark.requirement("BUY-01", "BUY-02")
def test_a_stranger_finds_everything_on_one_page(catalogue: None) -> None:
    text = Client().get("/marketplace/").content.decode()
    assert "16 results" in text
    for offering in Offering.objects.all():
        assert f'href="/marketplace/{offering.slug}/"' in text
    assert "Log in" in text


@pytest.mark.requirement("BUY-01")
def test_one_switch_closes_the_marketplace_to_strangers(catalogue: None, settings: Any, alice_client: Client) -> None:
    settings.ANONYMOUS_BROWSING = False
    for path in (
        "/marketplace/",
        "/marketplace/docs-agent/",
        "/marketplace/compare/",
        "/marketplace/bundles/",
        "/providers/emporion/",
    ):
        response = Client().get(path)
        assert response.status_code == 302, path
        assert response["Location"].startswith("/accounts/login/?next=%2F"), path
    assert Client().get(API).status_code == 401
    assert alice_client.get("/marketplace/").status_code == 200
    assert alice_client.get(API).status_code == 200


@pytest.mark.requirement("BUY-02")
@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("documantation", "Docs Agent"),
        ("pyhton", "Python Helper"),
        ("GDPR", "GDPR Basics Desk"),
        ("cafe", "Café Assistant"),
        ("CAFÉ", "Café Assistant"),
        ("bicycles", "Bike Shop Assistant"),
        ("web", "Website Watch"),
        ("onbording guide", "Onboarding Guide"),
        ("harbor software", "Returns Desk"),
        ("docs", "Docs Agent"),
    ],
)
def test_search_forgives_typos_accents_and_half_words(catalogue: None, text: str, first: str) -> None:
    assert names(ask(q=text))[0] == first


@pytest.mark.requirement("BUY-02")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("chatbot", {"Docs Agent", "Returns Desk", "Café Assistant"}),
        ("faq", {"Docs Agent", "Returns Desk"}),
        ("customer service", {"Docs Agent", "Returns Desk"}),
        ("helpdesk", {"Docs Agent", "Returns Desk"}),
        ("Kundenservice", {"Docs Agent", "Returns Desk"}),
    ],
)
def test_what_buyers_call_it_is_found(catalogue: None, text: str, found: set[str]) -> None:
    assert found <= set(names(ask(q=text)))


@pytest.mark.requirement("BUY-02")
def test_the_rarer_word_of_a_search_counts_more_and_other_languages_find_too(catalogue: None) -> None:
    assert {"Website Watch", "Link Check", "Source Refresh"}.isdisjoint(names(ask(q="chatbot for my website"))[:3])
    assert "Docs Agent" in names(ask(q="chatbot for my website"))[:3]
    assert {"Docs Agent", "Returns Desk"} <= set(names(ask(q="repondre aux clients"))[:4])
    assert names(ask(q="websites refund"))[0] == "Returns Desk", "one has the rare word, many the common one"


@pytest.mark.requirement("BUY-02")
def test_a_word_in_the_name_beats_the_tag_and_the_tag_beats_the_description(catalogue: None) -> None:
    found = names(ask(q="watch"))
    assert found[0] == "Website Watch"
    mcp = names(ask(q="mcp"))
    assert set(mcp[:2]) == {"Docs Agent", "Python Helper"}  # tagged with it; others only mention it


@pytest.mark.requirement("BUY-02")
def test_when_no_offering_has_all_the_words_the_nearest_are_shown_and_it_is_said(catalogue: None) -> None:
    found = ask(q="gdpr submarine")
    assert found["is_loose"]
    assert names(found)[0] == "GDPR Basics Desk"
    assert "Nothing has all of these words" in Client().get("/marketplace/?q=gdpr+submarine").content.decode()


@pytest.mark.requirement("BUY-02")
def test_what_resembles_a_word_of_the_prose_or_shares_a_small_word_is_no_hit(catalogue: None) -> None:
    for text in (
        "horse",
        "horse riding",
        "escola de equitação",
        "gestão de stock",
        "yoga studio",
        "real estate",
        "house cleaning",
    ):
        assert names(ask(q=text)) == [], text
    assert "Nothing found for “escola de equitação”" in unescape(
        Client().get("/marketplace/", {"q": "escola de equitação"}).content.decode()
    )
    assert "GDPR Basics Desk" in names(ask(q="lawyers")), "another ending of a word is that word, also in the prose"


@pytest.mark.requirement("BUY-02")
def test_a_question_in_portuguese_is_found_by_each_of_its_words(catalogue: None) -> None:
    whole, word = names(ask(q="responder a perguntas dos clientes")), names(ask(q="perguntas"))
    assert {"Docs Agent", "Returns Desk"} <= set(word) == set(whole)


@pytest.mark.requirement("BUY-02", "UX-02")
def test_a_search_without_a_hit_says_so_and_offers_the_way_on(catalogue: None) -> None:
    for word in ("invoices", "<billing>"):
        text = unescape(Client().get("/marketplace/", {"q": word}).content.decode())
        nothing = text[text.index('id="results"') :]
        assert "0 results" in nothing
        assert f"Nothing found for “{word}”" in nothing
        assert "nearest" not in nothing, "what has nothing of the words is not near them"
        assert 'href="/marketplace/?category=automations"' in nothing
        assert re.search(r"Automations · [1-9]", nothing)
        assert nothing.index("Show everything") < nothing.index("Used most") < nothing.index('href="/marketplace/docs-agent/"')
    assert "<billing>" not in Client().get("/marketplace/?q=<billing>").content.decode()


@pytest.mark.requirement("BUY-02", "UX-02")
def test_where_the_filters_leave_nothing_what_has_the_words_is_shown_without_them(catalogue: None) -> None:
    text = Client().get("/marketplace/?q=gdpr&category=automations").content.decode()
    assert "Nothing fits all of that" in text
    assert text.index("Without the filters") < text.index('href="/marketplace/gdpr-desk/"')
    assert "Used most" not in text
    unasked = Client().get("/marketplace/?category=automations&price=over-100").content.decode()
    assert "Take a filter away, or look around:" in unasked
    assert "Nothing found for" not in unasked


@pytest.mark.requirement("BUY-02")
def test_every_facet_counts_what_its_values_would_leave_ignoring_its_own_choice() -> None:
    sample.many(200)
    for asked in (
        {},
        {"category": "agents"},
        {"category": ["agents", "apps"], "model": "subscription"},
        {"rating": "4", "q": "travel"},
    ):
        found = ask(**asked)
        for facet in ("category", "price", "model", "rating", "provider"):
            others = {key: value for key, value in asked.items() if key != facet}
            for value, count in counts(found, facet).items():
                assert ask(**(others | {facet: value}))["total"] == count, (asked, facet, value)


@pytest.mark.requirement("BUY-02")
def test_filters_of_one_group_add_up_and_groups_narrow(catalogue: None) -> None:
    assert set(names(ask(category="apps"))) == {"Team Notes", "Status Board", "Insights", "Nexus"}
    assert ask(category=["apps", "agents"])["total"] == 8
    assert set(names(ask(category=["apps", "agents"], model="once"))) == {"Team Notes"}
    assert set(names(ask(price="free"))) == {"Café Assistant", "Weekly Digest", "Source Refresh"}
    assert set(names(ask(provider="nodo-works"))) == {"Café Assistant", "Bike Shop Assistant", "Guest Host"}


@pytest.mark.requirement("BUY-02")
def test_results_stand_in_the_order_that_is_asked_for() -> None:
    sample.many(60)
    ratings = [float(one["rating"] or 0) for one in ask(sort="rating")["results"]]
    assert ratings[0] > ratings[-1]
    rows = {row.slug: row for row in Offering.objects.all()}
    used = [rows[one["slug"]].subscriber_count for one in ask(sort="used")["results"]]
    assert used == sorted(used, reverse=True)
    prices = [float(one["price"]["amount"]) for one in ask(sort="price")["results"] if one["price"]["kind"] != "contact"]
    assert prices == sorted(prices)


@pytest.mark.requirement("BUY-02")
def test_pages_of_results_hold_each_offering_once() -> None:
    sample.many(60)
    first, second, third = (ask(page=number) for number in (1, 2, 3))
    assert first["page_count"] == 3
    slugs = [one["slug"] for page in (first, second, third) for one in page["results"]]
    assert len(slugs) == len(set(slugs)) == 60
    text = Client().get("/marketplace/?page=2&category=agents&category=apps&category=assistants").content.decode()
    assert re.search(r'href="/marketplace/\?category=agents&amp;category=apps&amp;category=assistants"[^>]*>1<', text)


@pytest.mark.requirement("BUY-02")
def test_the_address_holds_the_state_and_nonsense_in_it_is_harmless(catalogue: None) -> None:
    text = Client().get("/marketplace/?q=docs&category=agents&sort=rating").content.decode()
    assert 'value="docs"' in text
    assert re.search(r'id="facet-category-agents" checked', text)
    assert '<option value="rating" selected>' in text
    for page in ("-3", "9" * 10, "9" * 5000, "²"):
        assert Client().get(f"/marketplace/?sort=x&category=y&rating=9&price=%00&page={page}").status_code == 200


@pytest.mark.requirement("BUY-02", "SEC-02")
def test_what_is_searched_for_is_never_markup(catalogue: None) -> None:
    text = Client().get("/marketplace/", {"q": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert" not in text


@pytest.mark.requirement("BUY-02")
def test_a_fragment_for_htmx_carries_results_facets_and_the_short_address(catalogue: None) -> None:
    response = Client().get("/marketplace/?q=&sort=relevance&category=apps", headers={"HX-Request": "true"})
    text = response.content.decode()
    assert response["HX-Replace-Url"] == "/marketplace/?category=apps"
    assert text.startswith('<section id="results"')
    assert 'id="facet-groups" hx-swap-oob="true"' in text
    assert "<html" not in text


@pytest.mark.requirement("BUY-02")
@pytest.mark.parametrize(
    "path", ["/marketplace/?q=travel+planer&category=agents", "/marketplace/?sort=price&page=3", API + "?q=budget"]
)
def test_a_search_over_a_thousand_offerings_takes_few_queries(path: str) -> None:
    sample.many(1000)
    Client().get(path)  # the index is built once for all
    with CaptureQueriesContext(connection) as taken:
        assert Client().get(path).status_code == 200
    assert len(taken) <= 12, [one["sql"][:80] for one in taken]


@pytest.mark.requirement("BUY-02")
def test_a_change_is_found_by_the_next_search(catalogue: None, now: Any) -> None:
    assert names(ask(q="zeppelin")) == []
    listing = read_listing(Path(settings.CATALOGUE_DIR) / "docs-agent")
    changed = listing.manifest.model_copy(update={"tagline": "Answers from your zeppelin."})
    publish_offering(listing=replace(listing, manifest=changed, content_hash="other"), actor=Actor.system(), now=now)
    assert names(ask(q="zeppelin")) == ["Docs Agent"]
    assert Offering.objects.filter(slug="docs-agent").count() == 1


@pytest.mark.requirement("BUY-02")
def test_reading_the_catalogue_again_changes_nothing(catalogue: Callable[..., None], now: Any) -> None:
    before = list(Offering.objects.order_by("pk").values())
    catalogue(now=now.replace(year=2027))
    assert list(Offering.objects.order_by("pk").values()) == before


@pytest.mark.requirement("BUY-02", "UX-02")
def test_a_name_that_is_not_on_sale_suggests_what_may_be_meant(catalogue: None) -> None:
    response = Client().get("/marketplace/docs-agnt/")
    assert response.status_code == 404
    assert 'href="/marketplace/docs-agent/"' in response.content.decode()
    assert Client().get("/providers/nobody/").status_code == 404
    assert Client().get("/marketplace/bundles/nothing/").status_code == 404


@pytest.mark.requirement("BUY-04")
def test_two_to_four_offerings_stand_side_by_side(catalogue: None) -> None:
    asked = "/marketplace/compare/?offering=docs-agent&offering=cafe-assistant&offering=python-helper"
    text = Client().get(asked).content.decode()
    for words in (
        "1,000 calls a month, then $0.01 a call",
        "$0.01 / answer",
        "Café Assistant",
        "OpenAI chat format",
        "Nodo Works (demo)",
    ):
        assert words in text
    assert 'href="/marketplace/compare/?offering=docs-agent&amp;offering=python-helper"' in text
    five = "&".join(f"offering={slug}" for slug in ("docs-agent", "cafe-assistant", "python-helper", "guest-host", "team-notes"))
    assert "Team Notes" not in Client().get(f"/marketplace/compare/?{five}").content.decode()


@pytest.mark.requirement("BUY-04", "UX-02")
def test_a_comparison_of_one_says_how_to_make_one(catalogue: None) -> None:
    text = Client().get("/marketplace/compare/?offering=docs-agent").content.decode()
    assert "Nothing to compare yet" in text
    assert "/marketplace/?offering=docs-agent" in text


@pytest.mark.requirement("BUY-04")
def test_the_tray_keeps_what_was_chosen_while_searching_on(catalogue: None) -> None:
    text = Client().get("/marketplace/?q=python&offering=docs-agent&offering=nothing").content.decode()
    assert "Compare 1 of 4" in text
    assert '<input type="hidden" name="offering" value="docs-agent">' in text
    assert "/marketplace/compare/?offering=docs-agent" in text


@pytest.mark.requirement("BUY-22")
def test_a_bundle_costs_less_than_its_parts(catalogue: None) -> None:
    text = Client().get("/marketplace/bundles/shop-front/").content.decode()
    for words in (
        "Partner bundle",
        "Bike Shop Assistant",
        "Returns Desk",
        "$57",
        "−$11.40",
        "$45.60",
        "/checkout/bundles/shop-front/",
    ):
        assert words in text
    assert "Help Centre Suite" in Client().get("/marketplace/bundles/").content.decode()
    assert "Cheaper together" in Client().get("/marketplace/docs-agent/").content.decode()


@pytest.mark.requirement("BUY-24")
def test_people_keep_favourites_and_nobody_else_sees_them(
    catalogue: None, alice_client: Client, charlie_client: Client, bob_client: Client
) -> None:
    assert Client().post("/marketplace/docs-agent/favourite/").status_code == 302
    alice_client.post("/marketplace/docs-agent/favourite/")
    alice_client.post("/marketplace/docs-agent/favourite/")
    assert alice_client.get("/favourites/").content.decode().count('<article class="card offer">') == 1
    for other in (charlie_client, bob_client):
        assert "Nothing saved yet" in other.get("/favourites/").content.decode()
    alice_client.post("/marketplace/docs-agent/favourite/", {"remove": "1"})
    assert "Nothing saved yet" in alice_client.get("/favourites/").content.decode()


@pytest.mark.requirement("BUY-24")
def test_similar_offerings_share_tags_or_the_category(catalogue: None) -> None:
    similar = [one["slug"] for one in Client().get(f"{API}cafe-assistant/").json()["similar"]]
    assert similar[0] in {"guest-host", "bike-shop-assistant"}
    assert "cafe-assistant" not in similar


@pytest.mark.requirement("BUY-02")
def test_a_token_that_only_reads_may_search(catalogue: None, robo_headers: dict[str, str]) -> None:
    assert Client().get(API, headers=robo_headers).status_code == 200
