"""Single sign-on against a real OpenID provider in a process of its own, with real redirects between the two servers."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin
from uuid import UUID

import httpx
import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from emporion.accounts.actions import invite
from emporion.accounts.models import Membership, Organisation, Person
from emporion.accounts.types import Grant
from emporion.config.environment import Environment, identity_providers
from emporion.kernel.clock import utcnow
from emporion.notify.models import MailMessage
from emporion.plumbing.types import Actor, Role
from tests.cast import register

PEOPLE = (
    '{"sub": "zoe", "name": "Zoé Marchetti", "email": "zoe@marchetti.example"}',
    '{"sub": "al", "email": "alice@halyard.example"}',
)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    for person in PEOPLE:
        command += ["--user-claims", person]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            httpx.get(f"{url}/.well-known/openid-configuration")
            break
        except httpx.ConnectError:
            time.sleep(0.05)  # until the other process listens
    yield url
    process.terminate()
    process.wait(timeout=10)


@dataclass
class Browser:
    """A client that keeps cookies per host, presses our buttons and answers the provider's form."""

    http: httpx.Client
    site: str

    def get(self, path: str) -> httpx.Response:
        return self.http.get(urljoin(self.site, path), follow_redirects=True)

    def press(self, page: httpx.Response, action: str, **fields: str) -> httpx.Response:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        data = ({"csrfmiddlewaretoken": token[1]} if token else {}) | fields
        return self.http.post(
            urljoin(str(page.url), action), data=data, follow_redirects=True, headers={"Referer": str(page.url)}
        )

    def single_sign_on(self, page: httpx.Response, **answer: str) -> httpx.Response:
        form = re.search(r'action="(/accounts/oidc/sso/login/[^"]*)"', page.text)
        assert form, "the page offers single sign-on"
        at_provider = self.press(page, form[1].replace("&amp;", "&"))
        assert "Authorize Client" in at_provider.text
        return self.http.post(at_provider.url, data=answer, follow_redirects=True)


@pytest.fixture
def browser(live_server, issuer: str, settings) -> Iterator[Browser]:
    configured = Environment(oidc_issuer=issuer, oidc_client_id="emporion", oidc_client_secret="s", oidc_name="Keycloak")
    settings.SOCIALACCOUNT_PROVIDERS = identity_providers(configured)
    with httpx.Client() as http:
        yield Browser(http=http, site=live_server.url)


def put_into_cart(browser: Browser) -> None:
    browser.get("/accounts/login/")
    session = SessionStore()
    session["cart"] = {"offering": "docs-agent"}
    session.save()
    browser.http.cookies.set("sessionid", session.session_key, domain="localhost.local")
    browser.http.cookies.set("sessionid", session.session_key, domain="localhost")


@pytest.mark.requirement("ACC-01", "ACC-02")
def test_a_stranger_registers_by_single_sign_on_and_counts_as_verified(browser: Browser) -> None:
    landed = browser.single_sign_on(browser.get("/accounts/login/?next=/settings/"), sub="zoe")
    assert landed.url.path == "/settings/"
    assert "Verified" in landed.text
    zoe = Person.objects.get(email="zoe@marchetti.example")
    assert zoe.name == "Zoé Marchetti"
    assert Organisation.objects.get(memberships__person=zoe).name == "Zoé Marchetti's Organization"
    assert not MailMessage.objects.filter(subject__contains="Verify").exists()


@pytest.mark.requirement("ACC-01")
def test_coming_back_finds_the_same_account(browser: Browser, live_server) -> None:
    browser.single_sign_on(browser.get("/accounts/login/?next=/settings/"), sub="zoe")
    browser.http.cookies.clear()
    landed = browser.single_sign_on(browser.get("/accounts/login/?next=/settings/"), sub="zoe")
    assert "Zoé Marchetti" in landed.text
    assert Person.objects.count() == 1


@pytest.mark.requirement("BUY-08")
def test_the_cart_survives_the_way_to_the_provider_and_back(browser: Browser) -> None:
    page = browser.get("/accounts/login/?next=/settings/")
    put_into_cart(browser)
    browser.single_sign_on(page, sub="zoe")
    signed_in = [session.get_decoded() for session in Session.objects.all() if "_auth_user_id" in session.get_decoded()]
    assert [session["cart"] for session in signed_in] == [{"offering": "docs-agent"}]


@pytest.mark.requirement("ACC-01", "SEC-01")
def test_an_address_that_somebody_registered_is_not_taken_over(browser: Browser) -> None:
    register("alice@halyard.example", "Alicé")
    landed = browser.single_sign_on(browser.get("/accounts/login/?next=/settings/"), sub="al")
    assert "There is already an account with this e-mail address" in landed.text
    assert browser.get("/settings/").url.path == "/accounts/login/"


@pytest.mark.requirement("ACC-01")
def test_refusing_at_the_provider_leads_back_with_clear_words(browser: Browser) -> None:
    landed = browser.single_sign_on(browser.get("/accounts/login/"), action="deny")
    # This provider forgets to send our `state` back, so we cannot tell refusing from failing.
    assert "The log-in did not work" in landed.text
    assert "Back to log in" in landed.text
    assert not Person.objects.exists()


@pytest.mark.requirement("ACC-04")
def test_an_invited_person_who_registers_by_single_sign_on_founds_nothing(
    browser: Browser, alice: Actor, organisation_id: UUID, now: datetime
) -> None:
    invite(email="zoe@marchetti.example", grant=Grant(role=Role.MANAGER), actor=alice, now=utcnow())
    link = re.search(r"/invitations/\S+", MailMessage.objects.get(to="zoe@marchetti.example").text)[0]
    landed = browser.single_sign_on(browser.get(link), sub="zoe")
    zoe = Person.objects.get(email="zoe@marchetti.example")
    assert list(Membership.objects.filter(person=zoe).values_list("organisation_id", "role")) == [(organisation_id, Role.MANAGER)]
    assert landed.status_code < 500


@pytest.mark.requirement("ACC-01")
def test_buttons_show_only_for_what_is_configured(client, db, settings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = identity_providers(Environment(google_client_id="g", x_client_id="x"))
    page = client.get("/accounts/login/").content.decode()
    assert "Continue with Google" in page
    assert "Continue with X" in page
    assert "oidc" not in page
    settings.SOCIALACCOUNT_PROVIDERS = {}
    assert "Continue with" not in client.get("/accounts/login/").content.decode()


@pytest.mark.requirement("ACC-01")
def test_google_and_x_send_people_to_their_own_pages(client, db, settings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = identity_providers(Environment(google_client_id="g-id", x_client_id="x-id"))
    google = client.post("/accounts/google/login/")["Location"]
    assert google.startswith("https://accounts.google.com/")
    assert "g-id" in google
    x = client.post("/accounts/twitter_oauth2/login/")["Location"]
    assert re.match(r"https://(x|twitter)\.com/", x)
    assert "x-id" in x
