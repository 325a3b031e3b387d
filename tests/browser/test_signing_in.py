"""Signing in with what only a browser has: passkeys, a policy that governs forms, and the pages of the second step."""

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import CDPSession, Page, expect

from emporion.accounts.models import Person
from emporion.accounts.tests.authenticator import code_of
from emporion.config.environment import Environment, identity_origins, identity_providers
from tests.browser.screen import PHONE, WIDE, Screen
from tests.journeys.test_single_sign_on import issuer

__all__ = ["issuer"]

pytestmark = pytest.mark.browser
PASSWORD = "corréct horse battery"


@pytest.fixture
def zoe(transactional_db: None) -> Person:
    person = Person(email="zoe@marchetti.example", name="Zoé")
    person.set_password(PASSWORD)
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
    return person


def log_in(page: Page) -> None:
    page.get_by_label("E-mail").fill("zoe@marchetti.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()


def confirm(page: Page) -> None:
    """What changes how one logs in asks once more."""
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()


def with_authenticator(page: Page) -> CDPSession:
    """A passkey device, as Chromium's own tests have it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options | {"isUserVerified": True}})
    return session


@pytest.mark.requirement("ACC-09")
def test_a_passkey_is_added_and_opens_the_account_without_a_password(screen: Callable[..., Screen], zoe: Person) -> None:
    seen = screen()
    page = seen.open("/accounts/login/?next=/settings/security/")
    with_authenticator(page)
    log_in(page)
    page.get_by_role("link", name="Add a passkey").click()
    confirm(page)
    page.get_by_label("Name").fill("Laptop")
    page.get_by_label("Passwordless").check()
    assert seen.problems() == []
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    seen.open("/settings/security/")
    expect(page.get_by_text("1 passkey")).to_be_visible()
    page.context.clear_cookies()
    page.goto(f"{seen.base}/accounts/login/?next=/settings/security/")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page).to_have_url(f"{seen.base}/settings/security/")


@pytest.mark.requirement("ACC-09", "UX-01")
@pytest.mark.parametrize(("width", "theme"), [(WIDE, "light"), (PHONE, "dark")])
def test_the_pages_of_the_second_step_are_accessible_and_fit(
    screen: Callable[..., Screen], zoe: Person, width: int, theme: str
) -> None:
    seen = screen(width=width, theme=theme)
    page = seen.open("/accounts/login/?next=/accounts/2fa/totp/activate/")
    assert seen.problems() == []
    log_in(page)
    confirm(page)
    expect(page.get_by_role("img", name="QR code for the authenticator app")).to_be_visible()
    assert seen.problems() == []
    secret = page.get_by_label("Secret").input_value()
    page.get_by_label("Authenticator code").fill(code_of(secret))
    page.get_by_role("button", name="Turn on the second step").click()
    expect(page.get_by_text("Save these codes now")).to_be_visible()
    assert seen.problems() == []
    page.get_by_role("link", name="I have saved them").click()
    expect(page.get_by_text("a password alone does not open your account")).to_be_visible()
    assert seen.problems() == []


@pytest.mark.requirement("ACC-01", "SEC-02")
@pytest.mark.parametrize("is_allowed", [True, False])
def test_the_policy_lets_a_log_in_button_reach_the_configured_provider_and_no_other(
    screen: Callable[..., Screen], settings, issuer: str, is_allowed: bool
) -> None:
    configured = Environment(oidc_issuer=issuer, oidc_client_id="emporion", oidc_client_secret="s", oidc_name="Keycloak")
    settings.SOCIALACCOUNT_PROVIDERS = identity_providers(configured)
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    origins = identity_origins(configured) if is_allowed else []
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": directives | {"form-action": [*directives["form-action"], *origins]}}
    seen = screen()
    page = seen.open("/accounts/login/?next=/settings/")
    if not is_allowed:
        with page.expect_console_message(lambda said: "form-action" in said.text):
            page.get_by_role("button", name="Continue with Keycloak").click()
        return
    page.get_by_role("button", name="Continue with Keycloak").click()
    page.get_by_role("button", name="zoe").click()
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    expect(page.get_by_text("Verified")).to_be_visible()
