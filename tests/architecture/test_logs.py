"""No line of any log holds what opens a door: passwords, tokens, keys, cards, sessions, links from mails."""

import io
import json
import logging
import re
from collections.abc import Callable
from datetime import datetime

import pytest
import structlog
from django.conf import settings as site
from django.test import Client
from django.urls import path

from emporion.notify.models import MailMessage
from emporion.plumbing.types import Actor
from tests.architecture.tenant_world import World, build

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("SEC-01")]
PASSWORD, WRONG = "corréct horse battery", "wröng horse battery"
METHODS = ("msg", "log", "debug", "info", "warn", "warning", "fatal", "failure", "err", "error", "critical", "exception")


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """Everything that was logged so far, by our own logs and by the libraries, down to their debugging."""
    said: list[str] = []
    for name in METHODS:
        monkeypatch.setattr(structlog.PrintLogger, name, lambda _, text: said.append(text))
    caplog.set_level(logging.DEBUG)
    return lambda: "\n".join([*said, caplog.text])


@pytest.fixture
def world(alice: Actor, drain: Callable[[], int], now: datetime, settings, tmp_path) -> Callable[[], World]:
    files = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": files}
    return lambda: build(alice, drain, now)


def registered() -> dict[str, str]:
    """Somebody registers, mistypes, logs in and asks for a new password; the secrets of it."""
    client = Client()
    email = "zoe@marchetti.example"
    client.post("/accounts/signup/", {"email": email, "password1": PASSWORD, "name": "Zoé"})
    client.post("/accounts/logout/")
    client.post("/accounts/login/", {"login": email, "password": WRONG})
    client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    session = client.cookies["sessionid"].value
    made = client.post("/settings/tokens/", {"name": "Zoé’s script", "scope": "read"}, follow=True).content.decode()
    client.post("/accounts/password/reset/", {"email": email})
    links = re.findall(
        r"https?://\S+/accounts/\S+", "\n".join(MailMessage.objects.filter(to=email).values_list("text", flat=True))
    )
    token = re.search(r"emp_[\w-]{20,}", made)
    assert token, "the page shows the new token"
    assert links, "the mails hold links"
    return {
        "password": PASSWORD,
        "wrong password": WRONG,
        "session": session,
        "token": token[0],
        **{f"link {number}": link.rstrip("/").rsplit("/", 1)[1] for number, link in enumerate(links)},
    }


def test_nothing_that_opens_a_door_is_logged(world: Callable[[], World], lines: Callable[[], str]) -> None:
    secrets = registered()
    made = world()
    secrets |= made.secrets | {"signing key": site.SECRET_KEY}
    held = {"Authorization": f"Bearer {made.secrets['api_token']}"}
    Client(headers=held).get("/api/marketplace/offerings/")
    Client(headers={"Authorization": f"Bearer {secrets['token']}x"}).get("/api/marketplace/orders/")
    ask = {"message": "Hello?", "stream": False}
    agent = Client(headers={"Authorization": f"Bearer {made.secrets['agent_key']}"})
    agent.post(f"/api/agents/{made.ids['agent_id']}/chat", ask, content_type="application/json")
    said = lines()
    assert "payment_moved" in said, "nothing was captured, so nothing was proven"
    assert [name for name, secret in secrets.items() if len(secret) >= 8 and secret in said] == []


def test_what_the_framework_refuses_stands_as_json_between_the_other_lines(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr(next(one for one in logging.getLogger().handlers if one.name == "console"), "stream", said)
    Client().get("/", headers={"Host": "caffè bar"})
    Client(enforce_csrf_checks=True).post("/accounts/login/", {})
    settings.ROOT_URLCONF = __name__
    Client(raise_request_exception=False).get("/failing/")
    told = [json.loads(line) for line in said.getvalue().splitlines()]
    assert [line["logger"] for line in told] == ["django.security.DisallowedHost", "django.security.csrf", "django.request"]
    assert told[1]["event"] == "Forbidden (CSRF cookie not set.): /accounts/login/"
    assert told[-1]["level"] == "error"
    assert "caffè" in told[-1]["exception"]
    assert all(line["timestamp"].endswith("Z") for line in told)


def failing(request: object) -> None:
    raise RuntimeError("caffè")


urlpatterns = [path("failing/", failing)]
handler500 = "emporion.web.views.failed"
