"""What every answer carries and every door does: headers, cookies, sizes, hosts, addresses of people."""

import httpx
import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as site
from django.test import Client

from emporion.config.asgi import application
from emporion.config.intake import LARGEST_BODY
from emporion.notify.models import MailMessage
from tests.architecture.test_tenants import patterns

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("SEC-02")]
PASSWORD = "a long enough passphrase"


@pytest.fixture(autouse=True)
def _our_backend(settings) -> None:
    settings.EMAIL_BACKEND = "emporion.notify.transport.StoringBackend"


def registered(email: str = "eve@elsewhere.example") -> Client:
    client = Client()
    said = {"email": email, "password1": PASSWORD, "name": "Eve"}
    assert client.post("/accounts/signup/", said).status_code == 302
    return client


def refusals(client: Client) -> list:
    strict = Client(enforce_csrf_checks=True)
    return [
        client.get("/nowhere/"),
        client.get("/agents/00000000-0000-7000-8000-000000000000/"),
        client.get("/marketplace/nothing-of-the-kind/"),
        strict.post("/accounts/login/", {}),
        client.get("/", headers={"Host": "a..b"}),
        client.put("/team/"),
    ]


def test_every_page_carries_the_policies_also_the_ones_that_refuse(alice_client: Client) -> None:
    pages = [Client().get("/marketplace/"), alice_client.get("/dashboard/"), alice_client.get("/settings/security/")]
    for answer in [*pages, *refusals(alice_client)]:
        policy = answer.headers.get("Content-Security-Policy", "")
        assert "default-src 'self'" in policy, (answer.status_code, answer.request["PATH_INFO"])
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "<style" not in answer.content.decode()


def test_a_refused_form_says_what_to_do_on_a_page_of_ours() -> None:
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {})
    assert answer.status_code == 403
    assert "Open the page again and send it once more" in answer.content.decode()


def test_what_is_personal_is_kept_in_no_cache(alice_client: Client, robo_headers: dict[str, str]) -> None:
    for path in ("/dashboard/", "/team/", "/billing/", "/agents/", "/settings/", "/marketplace/"):
        assert "no-store" in alice_client.get(path).headers.get("Cache-Control", ""), path
    assert "no-store" in Client().get("/orders/", headers=robo_headers)["Cache-Control"]
    assert "no-store" not in Client().get("/marketplace/").headers.get("Cache-Control", "")


def test_a_session_gets_a_new_name_when_somebody_signs_in() -> None:
    registered()
    client = Client()
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies[site.SESSION_COOKIE_NAME] = session.session_key
    client.post("/accounts/login/", {"login": "eve@elsewhere.example", "password": PASSWORD})
    assert client.get("/dashboard/").status_code == 200
    assert client.cookies[site.SESSION_COOKIE_NAME].value != session.session_key
    stale = Client()
    stale.cookies[site.SESSION_COOKIE_NAME] = session.session_key
    assert stale.get("/dashboard/").status_code == 302


def test_cookies_are_for_this_site_and_scripts_do_not_see_the_session() -> None:
    cookie = registered().cookies[site.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert site.SESSION_COOKIE_SECURE == site.CSRF_COOKIE_SECURE == site.IS_SECURE


@pytest.mark.parametrize(
    "forged", [{"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}, {"Host": "evil.example:8000"}]
)
def test_links_in_mails_lead_to_our_address_whatever_the_request_said(forged: dict[str, str]) -> None:
    registered()
    client = Client()
    client.post("/accounts/password/reset/", {"email": "eve@elsewhere.example"}, headers=forged)
    client.post("/accounts/signup/", {"email": "mal@elsewhere.example", "password1": PASSWORD, "name": "Mal"}, headers=forged)
    texts = [mail.text + mail.html for mail in MailMessage.objects.all()]
    assert any("password/reset/key" in text for text in texts)
    assert not any("evil.example" in text for text in texts)


def test_nobody_learns_from_the_log_in_or_the_reset_who_has_an_account() -> None:
    registered()
    answers = []
    for email in ("eve@elsewhere.example", "nobody@elsewhere.example"):
        client = Client()
        login = client.post("/accounts/login/", {"login": email, "password": "not the passphrase"})
        reset = client.post("/accounts/password/reset/", {"email": email}, follow=True)
        bare = [answer.content.decode().replace(email, "").split("csrfmiddlewaretoken")[0] for answer in (login, reset)]
        answers.append((login.status_code, reset.status_code, [len(text) for text in bare]))
    assert answers[0] == answers[1]


def test_passwords_are_tried_five_times_and_not_six() -> None:
    registered()
    for password in [*(f"wrong passphrase {number}" for number in range(6)), PASSWORD]:
        answer = Client().post("/accounts/login/", {"login": "eve@elsewhere.example", "password": password})
    assert answer.status_code == 200
    assert "Too many attempts" in answer.content.decode()


def ask(path: str, *, body: bytes | None = None, told: str = "", kind: str = "*/*") -> httpx.Response:
    headers = {"Accept": kind} | ({"Content-Length": told} if told else {})

    async def post() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=application), base_url="http://127.0.0.1") as client:
            return await client.post(path, content=body or b"x", headers=headers)

    return async_to_sync(post)()


@pytest.mark.parametrize("path", ["/accounts/login/", "/v1/chat/completions", "/mcp/x", "/webhooks/sandbox/"])
def test_a_body_that_nobody_needs_is_refused_before_it_is_kept(path: str) -> None:
    for length in (str(LARGEST_BODY + 1), "9" * 5000, "-1"):
        refusal = ask(path, told=length)
        assert refusal.status_code == 413
        assert refusal.json()["limit_bytes"] == LARGEST_BODY
        page = ask(path, told=length, kind="text/html,*/*;q=0.8")
        assert page.status_code == 413
        assert "Send at most 8 MB at once." in page.text
        assert page.headers["Content-Type"].startswith("text/html")
    assert ask(path, body=b"x" * (LARGEST_BODY + 1)).status_code == 413
    assert ask(path, body=b"x").status_code in {400, 401, 403, 404}


TOO_MUCH = "x" * (site.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
UNREADABLE = [
    (TOO_MUCH, "application/json", 413),
    (
        "&".join(f"a{number}=1" for number in range(site.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)),
        "application/x-www-form-urlencoded",
        413,
    ),
    ("--x", "multipart/form-data", 400),
]


@pytest.mark.parametrize(("body", "kind", "status"), UNREADABLE, ids=["large", "many fields", "no boundary"])
def test_what_the_framework_does_not_read_is_refused_with_a_next_step(body: str, kind: str, status: int) -> None:
    path = "/webhooks/sandbox/" if kind == "application/json" else "/accounts/login/"
    page = Client().post(path, body, content_type=kind, headers={"Accept": "text/html"})
    told = Client().post(path, body, content_type=kind, headers={"Accept": "application/json"})
    assert page.status_code == told.status_code == status
    assert "Nothing was done." in page.content.decode()
    assert told["Content-Type"] == "application/problem+json"
    assert told.json()["next_step"]


def test_a_number_too_long_to_be_one_is_refused_wherever_it_is_read(alice_client: Client) -> None:
    refused = alice_client.post("/accounts/2fa/webauthn/add/", {"credential": "9" * 5000})
    assert refused.status_code == 422
    assert "Write one with fewer digits." in refused.content.decode()


def test_a_body_that_hides_its_length_is_cut_off() -> None:
    async def endless() -> object:
        for _ in range(LARGEST_BODY // 65_536 + 2):
            yield b"x" * 65_536

    async def post() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=application), base_url="http://127.0.0.1") as client:
            return await client.post("/webhooks/sandbox/", content=endless())

    assert async_to_sync(post)().status_code == 413


def test_no_address_of_ours_shows_a_page_of_django_for_developers() -> None:
    assert not site.DEBUG
    assert not [path for path, _ in patterns() if path.startswith(("admin", "__debug__", "silk"))]
