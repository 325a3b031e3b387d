"""The installation measures itself with what it sells: public pages load the script where the operator has named a website."""

from dataclasses import replace

import pytest
from django.conf import LazySettings
from django.test import Client

from emporion.accounts.models import Person

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("INS-18")]


def test_the_marketplace_loads_the_cookieless_script_of_the_website_that_the_operator_named(
    settings: LazySettings, alice_client: Client, alice_person: Person, catalogue
) -> None:
    assert "data-website-id" not in Client().get("/marketplace/").content.decode()
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, own_site="dfid_0123456789abcdef01234567")
    settings.SITE_URL = "https://market.halyard.example"
    page = Client().get("/marketplace/").content.decode()
    where = 'data-website-id="dfid_0123456789abcdef01234567" data-domain="market.halyard.example"'
    tag = f'src="/js/script.cookieless.js" {where}></script>'
    assert tag in page
    policy = Client().get("/marketplace/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy, "the script and its events stay on our own address"
    assert f'data-user="{alice_person.id}"' in alice_client.get("/marketplace/").content.decode()
    assert "data-website-id" not in alice_client.get("/dashboard/").content.decode(), "what people do inside is nobody's visit"
    settings.SITE_URL = "http://127.0.0.1:8000"
    assert 'data-domain="localhost" data-allow-localhost' in Client().get("/marketplace/").content.decode()
