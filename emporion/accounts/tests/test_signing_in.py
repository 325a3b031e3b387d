"""Logging in from another page, as the checkout does, and the second step."""

import re
from datetime import datetime

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from ninja import NinjaAPI

from emporion.accounts import access
from emporion.accounts.models import Person
from emporion.accounts.tests.authenticator import code_of
from emporion.accounts.types import Registration
from emporion.kernel.errors import DomainError

pytestmark = pytest.mark.django_db
PASSWORD = "corréct horse battery"


@access.anonymous_ok
def checkout(request: HttpRequest) -> HttpResponse:
    """As a checkout would use us."""
    request.session["cart"] = "docs-agent"
    email, password = request.POST["email"], request.POST["password"]
    try:
        if name := request.POST.get("name"):
            wanted = Registration(name=name, email=email, password=password)
            return access.register_and_sign_in(request, registration=wanted, next_url="/checkout/")
        return access.sign_in_with_password(request, email=email, password=password, next_url="/checkout/")
    except DomainError as error:
        return HttpResponse(f"{error.message} {error.step}", status=422)


@access.signed_in
async def who_async(request: access.ActorRequest) -> HttpResponse:
    return HttpResponse((await access.actor_in_async(request)).name)


api = NinjaAPI(urls_namespace="test-of-access", docs_url=None, openapi_url=None)


@api.api_operation(["GET", "POST"], "/who", auth=access.PersonOrToken())
def who(request: access.ActorRequest) -> str:
    return request.actor.name


from django.urls import include  # noqa: E402

from emporion.accounts import allauth_urls  # noqa: E402
from emporion.accounts import urls as own_urls  # noqa: E402

urlpatterns = [
    path("pay/", checkout),
    path("who/", who_async),
    path("api/", api.urls),
    path("accounts/", include(allauth_urls)),
    path("", include(own_urls)),
    path("", include("emporion.ui.urls")),
]


@pytest.fixture(autouse=True)
def _addresses(settings) -> None:
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def zoe(db: None) -> Person:
    Client().post("/pay/", {"name": "Zoé", "email": "zoe@marchetti.example", "password": PASSWORD})
    return Person.objects.get()


@pytest.mark.requirement("BUY-08")
def test_registering_inside_a_page_goes_on_with_the_cart(client: Client) -> None:
    response = client.post("/pay/", {"name": "Zoé", "email": "zoe@marchetti.example", "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, "/checkout/")
    assert client.session["cart"] == "docs-agent"
    assert client.get("/who/").content.decode() == "Zoé"


@pytest.mark.requirement("BUY-08")
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "Zoé", "email": "ZOE@marchetti.example", "password": PASSWORD}, "already an account"),
        ({"name": "Zoé", "email": "not an address", "password": PASSWORD}, "not an e-mail address"),
        ({"name": "Zoé", "email": "new@marchetti.example", "password": "short"}, "at least 10 characters"),
        ({"email": "zoe@marchetti.example", "password": "wrong wrong wrong"}, "do not belong together"),
    ],
)
def test_what_is_wrong_is_said_with_the_next_step(zoe: Person, client: Client, fields: dict[str, str], words: str) -> None:
    response = client.post("/pay/", fields)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert Person.objects.count() == 1


@pytest.mark.requirement("ACC-09", "BUY-08")
def test_a_second_step_is_asked_for_also_inside_another_page(zoe: Person, client: Client) -> None:
    secret = generate_totp_secret()
    TOTP.activate(zoe, secret)
    asked = client.post("/pay/", {"email": zoe.email, "password": PASSWORD})
    assert asked["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/who/").status_code == 302, "not in yet"
    wrong = client.post(asked["Location"], {"code": "000000"})
    assert "This code is not right" in wrong.content.decode()
    done = client.post(asked["Location"], {"code": code_of(secret)})
    assert done["Location"] == "/checkout/"
    assert client.session["cart"] == "docs-agent"
    assert client.get("/who/").content.decode() == "Zoé"


@pytest.mark.requirement("ACC-09")
def test_a_recovery_code_opens_the_account_once(zoe: Person) -> None:
    TOTP.activate(zoe, generate_totp_secret())
    code = RecoveryCodes.activate(zoe).get_unused_codes()[0]
    for outcome in (302, 200):
        client = Client()
        asked = client.post("/pay/", {"email": zoe.email, "password": PASSWORD})
        assert client.post(asked["Location"], {"code": code}).status_code == outcome


@pytest.mark.requirement("ACC-09")
def test_an_authenticator_app_is_turned_on_by_a_verified_person_who_proves_their_password(zoe: Person, client: Client) -> None:
    client.post("/pay/", {"email": zoe.email, "password": PASSWORD})
    assert "Verify your e-mail address first" in client.get("/accounts/2fa/totp/activate/", follow=True).content.decode()
    zoe.emailaddress_set.update(verified=True)
    proof = {"password": PASSWORD, "next": "/accounts/2fa/totp/activate/"}
    page = client.post("/accounts/reauthenticate/", proof, follow=True)
    secret = re.search(r'value="([A-Z2-7]{16,})"', page.content.decode())[1]
    client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert "On: a password alone does not open your account" in client.get("/settings/security/").content.decode()


@pytest.mark.requirement("ACC-08")
def test_the_api_knows_a_person_by_session_and_a_program_by_token(
    alice_client: Client, robo_headers: dict[str, str], alice_person: Person, now: datetime
) -> None:
    assert alice_client.get("/api/who").json() == "Alicé"
    assert Client().get("/api/who", headers=robo_headers).json() == "robo"
    assert Client().post("/api/who", headers=robo_headers).json() == "robo"
    assert Client().get("/api/who").status_code == 401
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(alice_person)
    assert careful.post("/api/who").status_code == 401, "a cookie alone does not write"
