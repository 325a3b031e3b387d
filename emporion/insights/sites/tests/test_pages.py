"""Websites through their pages: adding, installing, settling, pausing, removing and bringing back."""

import os
import re
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from emporion.config.snapshot import write
from emporion.edge.snapshot import Sites
from emporion.insights.sites.actions import note_first_events
from emporion.insights.sites.models import Site
from emporion.insights.sites.types import SiteView
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.store import Spool
from emporion.store.schemas import SiteEvent

pytestmark = [pytest.mark.django_db]


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, path
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.mark.requirement("INS-01")
def test_a_person_adds_a_website_and_is_led_to_its_first_visit(alice_client: Client, now: datetime) -> None:
    assert "Add a website and paste one line into it" in page(alice_client, "/insights/")
    said = {"domain": "https://www.Öko-Kiste.example/shop?x=1", "time_zone": "Europe/Berlin", "currency": "JPY"}
    response = alice_client.post("/insights/new/", said)
    site = Site.objects.get()
    assert (site.domain, site.time_zone, site.currency) == ("www.xn--ko-kiste-m4a.example", "Europe/Berlin", "JPY")
    assert response["Location"] == f"/insights/{site.id}/setup/"
    setup = page(alice_client, response["Location"])
    assert f"data-website-id=&quot;{site.public_id}&quot;" in setup
    assert "http://127.0.0.1:8000/js/script.js" in setup
    for label in ("HTML", "Next.js", "React", "Tag Manager", "WordPress", "Webflow"):
        assert f">{label}</button>" in setup
    assert "script.cookieless.js" in page(alice_client, f"{response['Location']}?script=script.cookieless.js")
    assert "Waiting for the first visit" in setup
    assert 'hx-trigger="every 3s"' in setup
    assert alice_client.post(f"/insights/{site.id}/setup/skip-payments/").status_code == 302
    assert "Skipped for now" in page(alice_client, f"/insights/{site.id}/setup/")
    note_first_events(site_ids={site.id}, now=now)
    first = alice_client.get(f"/insights/{site.id}/setup/first/", headers={"HX-Request": "true"}).content.decode()
    assert "The first visit is there" in first
    assert "every 3s" not in first
    assert "Counting" in page(alice_client, "/insights/")


@pytest.mark.requirement("INS-01", "UX-06")
@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"domain": ""}, "This field is required"),
        ({"domain": "no spaces here"}, "is not a domain"),
        ({"domain": "example"}, "it needs a name and an ending such as .com"),
        ({"domain": "-a.example"}, "is not a domain"),
        ({"domain": f"{'a' * 64}.example"}, "is not a domain"),
        ({"domain": "10.0.0.1"}, "is not a domain"),
        ({"domain": "a..example"}, "is not a domain"),
        ({"domain": "halyard.example"}, "already in the project"),
        ({"time_zone": "Mars/Olympus"}, "Select a valid choice"),
        ({"currency": "XXX"}, "Select a valid choice"),
    ],
)
def test_each_error_of_the_form_stands_at_its_field(alice_client: Client, website: SiteView, said: dict, words: str) -> None:
    response = alice_client.post("/insights/new/", {"domain": "new.example", "time_zone": "UTC", "currency": "EUR"} | said)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert 'aria-invalid="true"' in response.content.decode()
    assert Site.objects.count() == 1


GOOD = {
    "domain": "halyard.example",
    "name": "Halyard é",
    "hostnames": "app.halyard.example\nhttps://Shop.Example/",
    "time_zone": "Australia/Lord_Howe",
    "currency": "KWD",
    "attribution_days": "90",
    "attribution_model": "position",
    "excluded_addresses": "203.0.113.7, 2001:db8::/32",
    "excluded_paths": "/admin/*",
}


@pytest.mark.requirement("INS-01", "INS-10")
def test_settings_are_kept_and_reach_the_data_plane(
    alice_client: Client, website: SiteView, drain: Callable[[], int], settings
) -> None:
    address = f"/insights/{website.id}/settings/"
    assert 'value="halyard.example"' in page(alice_client, address)
    assert alice_client.post(address, GOOD).status_code == 302
    shown = page(alice_client, address)
    for words in ("Halyard é", "shop.example", "Australia/Lord_Howe", "203.0.113.7", "2001:db8::/32", "/admin/*"):
        assert words in shown
    site = Site.objects.get()
    assert (site.attribution_days, site.attribution_model) == (90, "position")
    alice_client.post(f"/insights/{website.id}/pause/", {"state": "paused"})
    assert "Counting is paused" in page(alice_client, address)
    drain()
    write()
    told = Sites(settings.ENVIRONMENT.edge.snapshot)
    told.refresh()
    found = told.find(website.public_id)
    assert found is not None
    assert found.collection.is_paused
    assert found.collection.excluded_addresses == ("203.0.113.7", "2001:db8::/32")
    alice_client.post(f"/insights/{website.id}/pause/", {"state": "counting"})
    assert "Pause counting" in page(alice_client, address)


@pytest.mark.requirement("INS-01", "UX-06")
@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"domain": "x y"}, "is not a domain"),
        ({"hostnames": "fine.example\nnot fine"}, "“not fine” is not a domain"),
        ({"excluded_addresses": "203.0.113.300"}, "“203.0.113.300” is not an internet address"),
        ({"excluded_paths": "admin"}, "“admin” is no path"),
        ({"attribution_days": "0"}, "greater than or equal to 1"),
        ({"attribution_days": "366"}, "less than or equal to 365"),
        ({"attribution_model": "none"}, "Select a valid choice"),
        ({"domain": "other.example"}, "Another website of this project has this domain"),
    ],
)
def test_wrong_settings_are_named_and_nothing_is_changed(alice_client: Client, website: SiteView, said: dict, words: str) -> None:
    alice_client.post("/insights/new/", {"domain": "other.example", "time_zone": "UTC", "currency": "EUR"})
    response = alice_client.post(f"/insights/{website.id}/settings/", GOOD | said)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert Site.objects.get(pk=website.id).attribution_days == 30


@pytest.mark.requirement("INS-01")
def test_a_removed_website_can_be_brought_back(alice_client: Client, website: SiteView) -> None:
    response = alice_client.post(f"/insights/{website.id}/remove/")
    listed = page(alice_client, response["Location"])
    assert "halyard.example is removed" in listed
    assert alice_client.get(f"/insights/{website.id}/settings/").status_code == 404
    assert alice_client.post(f"/insights/{website.id}/restore/").status_code == 302
    assert "halyard.example" in page(alice_client, "/insights/")
    alice_client.post(f"/insights/{website.id}/remove/")
    alice_client.post("/insights/new/", {"domain": "halyard.example", "time_zone": "UTC", "currency": "EUR"})
    assert alice_client.post(f"/insights/{website.id}/restore/").status_code == 409


@pytest.mark.requirement("INS-01", "ACC-05")
def test_members_look_strangers_do_not(bob_client: Client, charlie_client: Client, website: SiteView) -> None:
    base = f"/insights/{website.id}"
    assert "Save settings" not in page(bob_client, f"{base}/settings/")
    assert "Look at the page" not in page(bob_client, f"{base}/setup/")
    assert bob_client.get("/insights/new/").status_code == 403
    for path, said in (("settings", GOOD), ("pause", {"state": "paused"}), ("remove", {}), ("setup/skip-payments", {})):
        assert bob_client.post(f"{base}/{path}/", said).status_code == 403, path
        assert charlie_client.post(f"{base}/{path}/", said).status_code == 404, path
    assert charlie_client.get(f"{base}/dropped/").status_code == 404
    assert "halyard" not in page(charlie_client, f"/insights/?removed={website.id}")


@pytest.mark.requirement("INS-02")
def test_a_website_on_this_computer_gets_the_switch_that_it_needs(alice_client: Client, local_website: SiteView) -> None:
    setup = page(alice_client, f"/insights/{local_website.id}/setup/")
    assert "data-allow-localhost=&quot;true&quot;" in setup
    assert "script.setAttribute(&quot;data-allow-localhost&quot;" in setup


@pytest.mark.requirement("REL-02", "INS-03")
def test_who_looks_at_figures_is_told_when_events_wait_for_the_store(
    website: SiteView, alice_client: Client, settings: LazySettings, tmp_path: Path
) -> None:
    settings.SPOOL_DIR = tmp_path / "spool"
    address = f"/insights/{website.id}/settings/"
    assert "Figures are behind" not in page(alice_client, address)
    spool = Spool(settings.SPOOL_DIR)
    spool.append_sync(
        SiteEvent(event_id=new_id(), occurred_at=utcnow(), site_id=website.id, visitor_id=new_id(), kind="pageview")
    )
    spool.close()
    assert "Figures are behind" not in page(alice_client, address), "a moment is no delay"
    for path in settings.SPOOL_DIR.rglob("*.seg"):
        os.utime(path, (time.time() - 600, time.time() - 600))
    assert "Figures are behind" in page(alice_client, address)
