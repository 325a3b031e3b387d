"""Test integration: for each way in which a page can be wrong, the exact fault and its remedy are named."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.conf import LazySettings
from django.test import Client

from emporion.agents.channels import actions
from emporion.agents.channels.models import Widget
from emporion.agents.channels.types import WidgetSettings

from .conftest import HostSite


@pytest.fixture
def examine(alice_client: Client, widget: Widget, settings: LazySettings, host_site: HostSite) -> Callable[[str], str]:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, outbound_allow="localhost")

    def look(url: str) -> str:
        response = alice_client.post(f"/agents/{widget.agent_id}/widget/test/", {"url": url}, headers={"HX-Request": "true"})
        assert response.status_code == 200
        return " ".join(response.content.decode().split())

    return look


def tag(site: str, widget: str, more: str = "") -> str:
    return f'<script defer src="{site}/widget/v1.js" data-agent="{widget}"{more}></script>'


OURS = "http://127.0.0.1:8000"


@pytest.mark.requirement("WID-04")
@pytest.mark.parametrize(
    ("body", "headers", "name", "remedy"),
    [
        ("<h1>x</h1>", {}, "The script is not in the page", "Paste the embed code before"),
        ("", {}, "The script is not in the page", "Paste the embed code before"),
        ("<script src='https://www.googletagmanager.com/gtm.js'></script>", {}, "a tag manager is", "publish the container"),
        ("TAG TAG", {}, "It stands 2 times", "Keep one of them"),
        (
            "<script src='https://old.example/widget/v1.js'></script>",
            {},
            "It loads from https://old.example/widget/v1.js",
            "this server",
        ),
        ("WRONG", {}, "data-agent is &#x27;wid_other&#x27;", "Put this value there"),
        ("NOID", {}, "data-agent is missing", "Put this value there"),
        (
            "TAG",
            {"content_security_policy": "script-src 'self'"},
            "allows script-src &#x27;self&#x27; only",
            "script-src, connect-src",
        ),
        ("TAG", {"content_security_policy": "default-src 'self'"}, "allows script-src &#x27;self&#x27; only", OURS),
        (
            "TAG",
            {"content_security_policy": f"script-src {OURS}; connect-src 'self'"},
            "allows connect-src &#x27;self&#x27; only",
            OURS,
        ),
        (
            "TAG",
            {"content_security_policy": f"script-src {OURS}; connect-src {OURS}; frame-src 'none'"},
            "allows frames from &#x27;none&#x27;",
            "Add our address to frame-src",
        ),
        ("TAG", {"content_security_policy": "script-src 'strict-dynamic' 'nonce-abc'"}, "strict-dynamic", "nonce on the script"),
        ("TAG<meta http-equiv='Content-Security-Policy' content=\"script-src 'self'\">", {}, "allows script-src", OURS),
        ("TAG", {"status": "503"}, "It answers with 503", "without signing in"),
        ("TAG", {"content_type": "application/pdf"}, "which is not a page", "address of a page"),
    ],
)
def test_each_fault_is_named_with_its_remedy(  # noqa: PLR0917 - fixtures
    examine, host_site: HostSite, widget: Widget, body: str, headers: dict, name: str, remedy: str
) -> None:
    body = body.replace("TAG", tag(OURS, widget.public_id)).replace("WRONG", tag(OURS, "wid_other"))
    body = body.replace("NOID", f'<script src="{OURS}/widget/v1.js"></script>')
    told = examine(host_site.put("/page", body, **headers))
    assert name in told, told
    assert remedy in told
    assert "1 thing to fix" in told


@pytest.mark.requirement("WID-04")
@pytest.mark.parametrize(
    "policy",
    [
        "",
        f"script-src 'self' {OURS}; connect-src {OURS}; frame-src {OURS}",
        "default-src http:",
        "script-src 'nonce-abc' 'strict-dynamic'; default-src *",
        f"default-src {OURS}, frame-src *",
    ],
)
def test_a_page_that_is_right_waits_for_its_first_visitor(examine, host_site: HostSite, widget: Widget, policy: str) -> None:
    url = host_site.put("/page", tag(OURS, widget.public_id, ' nonce="abc"'), content_security_policy=policy)
    told = examine(url)
    assert "thing to fix" not in told, told
    assert "Waiting for a browser to load it" in told
    Client().get(f"/widget/{widget.public_id}/config/", headers={"Origin": host_site.url})
    assert "Ask something in the widget on your page" in examine(url)


@pytest.mark.requirement("WID-04", "WID-02")
def test_a_domain_that_is_not_allowed_is_given_to_copy(examine, host_site: HostSite, widget: Widget, alice, now) -> None:
    settings = WidgetSettings(allowed_domains=("halyard.example",))
    actions.save_draft(agent_id=widget.agent_id, settings=settings, actor=alice, now=now)
    actions.publish_widget(agent_id=widget.agent_id, note="", actor=alice, now=now)
    told = examine(host_site.put("/page", tag(OURS, widget.public_id)))
    assert "is not among the allowed domains" in told
    assert host_site.url.removeprefix("http://") in told


@pytest.mark.requirement("WID-04")
@pytest.mark.parametrize("address", ["http://[::1", "[1,", "https://exam\u2100ple/"])
def test_what_is_no_address_is_said_to_be_none_and_does_not_disturb_as_the_source_of_a_script(
    examine, host_site: HostSite, widget: Widget, address: str
) -> None:
    assert "1 thing to fix" in examine(address)
    page = f"<script src='{address}'></script>{tag(OURS, widget.public_id)}"
    assert "thing to fix" not in examine(host_site.put("/page", page))


@pytest.mark.requirement("WID-04", "SEC-02")
def test_private_addresses_are_refused_and_dead_ones_said_to_be_dead(examine, host_site: HostSite) -> None:
    port = host_site.url.rsplit(":")[-1]
    for url in (f"http://127.0.0.1:{port}/page", "http://169.254.169.254/", "http://[::1]/", "file:///etc/passwd"):
        told = examine(url)
        assert "1 thing to fix" in told, url
        assert "Embed code found" in told, "the later steps are shown as waiting"
    assert "1 thing to fix" in examine("http://localhost:1/")


@pytest.mark.requirement("WID-04", "SEC-02")
def test_a_page_on_this_machine_is_looked_at_for_who_sits_at_it(
    alice_client: Client, widget: Widget, settings: LazySettings, host_site: HostSite
) -> None:
    settings.SITE_URL = "http://127.0.0.1:8000"
    url = host_site.put("/", tag(OURS, widget.public_id))

    def look(address: str, **headers: str) -> str:
        path = f"/agents/{widget.agent_id}/widget/test/"
        sent = {"HX-Request": "true", "Host": "127.0.0.1:8000", **headers}
        return " ".join(alice_client.post(path, {"url": address}, headers=sent).content.decode().split())

    for address in (url, url.removeprefix("http://")):
        assert "Widget seen here" in look(address)
        assert "cannot be read from here" not in look(address)
    elsewhere = look(url, **{"X-Forwarded-For": "203.0.113.7"})
    assert "cannot be read from here" in elsewhere
    assert "listed under Implementations" in elsewhere
