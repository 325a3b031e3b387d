"""The verifier against pages that are really served: each way of being wrong is named, with what to do about it."""

from dataclasses import replace

import pytest
from django.conf import LazySettings
from django.test import Client

from emporion.insights.sites.models import Site
from emporion.insights.sites.policies import refusal_of
from emporion.insights.sites.setup_page import expected_of
from emporion.insights.sites.types import Fault, SiteView
from emporion.insights.sites.verifying import verify

from .conftest import Host

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("INS-01")]
OURS = "http://127.0.0.1:8000"
GTM = '<script async src="https://www.googletagmanager.com/gtm.js?id=GTM-K5WQ2X"></script>'
BANNER = '<script id="Cookiebot" src="https://consent.cookiebot.com/uc.js"></script>'


@pytest.fixture(autouse=True)
def _server(settings: LazySettings) -> None:
    settings.SITE_URL = OURS


def tag(site: SiteView, **changes: str) -> str:
    attributes = {
        "data-website-id": site.public_id,
        "data-domain": site.domain,
        "data-allow-localhost": "true",
        "src": f"{OURS}/js/script.js",
    }
    attributes |= {name.replace("_", "-"): value for name, value in changes.items()}
    return "<script defer " + " ".join(f'{name}="{value}"' for name, value in attributes.items() if value != "-") + "></script>"


def page(head: str) -> str:
    return f"<!doctype html><html><head>{head}</head><body><h1>Héllo</h1></body></html>"


CASES = {
    "missing": ("", {}, Fault.MISSING, "Paste it inside <head>"),
    "commented out": ("<!--TAG-->", {}, Fault.MISSING, "HTML comment"),
    "a banner without it": (BANNER, {}, Fault.MISSING, "Cookiebot"),
    "tag manager without publishing": (GTM, {}, Fault.TAG_MANAGER, "publish the container"),
    "held by a banner": ("HELD", {}, Fault.CONSENT, "Cookiebot"),
    "wrong website id": ("WRONGID", {}, Fault.WRONG_ID, "data-website-id="),
    "no website id": ("NOID", {}, Fault.NO_ID, "data-website-id="),
    "wrong domain": ("WRONGDOMAIN", {}, Fault.WRONG_DOMAIN, 'data-domain="localhost"'),
    "no domain": ("NODOMAIN", {}, Fault.NO_DOMAIN, 'data-domain="localhost"'),
    "silent on localhost": ("SILENT", {}, Fault.LOCALHOST, "data-allow-localhost"),
    "another server": ("ELSEWHERE", {}, Fault.OTHER_SERVER, f"{OURS}/js/script.js"),
    "policy of the header": ("TAG", {"Content_Security_Policy": "script-src 'self'"}, Fault.POLICY_SCRIPT, OURS),
    "policy of a meta": (
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'self'\">TAG",
        {},
        Fault.POLICY_SCRIPT,
        "script-src directive",
    ),
    "policy that wants a nonce": (
        "TAG",
        {"Content_Security_Policy": "script-src 'nonce-abc' 'strict-dynamic'"},
        Fault.POLICY_SCRIPT,
        "nonce on the script",
    ),
    "policy for events": (
        "TAG",
        {"Content_Security_Policy": f"script-src {OURS}; connect-src 'self'"},
        Fault.POLICY_CONNECT,
        "connect-src directive",
    ),
    "two scripts": ("TAG TAG", {}, Fault.TWICE, "Keep one"),
    "a path that is blocked": ("BLOCKED", {}, Fault.BLOCKED_PATH, "your own domain"),
    "a proxy that passes nothing on": ("PROXY", {}, Fault.SCRIPT_UNREACHABLE, "rule for /js/"),
    "a page that is down": ("", {"status": 503}, Fault.HTTP_ERROR, "maintenance"),
    "a page for members": ("", {"status": 401}, Fault.HTTP_ERROR, "asks for a password"),
    "no page at all": ("{}", {"Content_Type": "application/json"}, Fault.NOT_HTML, "application/json"),
}


@pytest.mark.parametrize("case", CASES)
def test_each_fault_is_named_with_its_remedy(case: str, host: Host, local_website: SiteView) -> None:
    head, headers, fault, words = CASES[case]
    host.put("/stats/js/script.js", "window; data-website-id", Content_Type="text/javascript")
    filled = {
        "HELD": BANNER + tag(local_website, type="text/plain", data_cookieconsent="statistics"),
        "WRONGID": tag(local_website, data_website_id="dfid_other"),
        "NOID": tag(local_website, data_website_id="-"),
        "WRONGDOMAIN": tag(local_website, data_domain="other.example"),
        "NODOMAIN": tag(local_website, data_domain="-"),
        "SILENT": tag(local_website, data_allow_localhost="-"),
        "ELSEWHERE": tag(local_website, src="https://datafa.st/js/script.js"),
        "BLOCKED": tag(local_website, src="/stats/js/script.js"),
        "PROXY": tag(local_website, src="/js/script.js"),
        "TAG": tag(local_website),
    }
    for word, code in filled.items():
        head = head.replace(word, code)
    report = verify(host.put("/", page(head) if fault is not Fault.NOT_HTML else head, **headers), expected_of(local_website))
    found = {one.fault: one for one in report.findings}
    assert fault in found, found
    assert words in " ".join(str(getattr(found[fault], part)) for part in ("title", "detail", "advice", "value"))
    assert report.is_installed is (fault in {Fault.TWICE, Fault.BLOCKED_PATH})
    also = {Fault.POLICY_CONNECT} if case == "policy of a meta" else set()
    assert set(found) <= {fault, Fault.BLOCKED_PATH, *also}, "nothing else is blamed"


def test_an_old_copy_in_a_cache_is_told_apart_from_a_missing_script(host: Host, local_website: SiteView) -> None:
    host.put("/?*", page(tag(local_website)))
    report = verify(host.put("/", page(""), Age="3600", X_Cache="HIT"), expected_of(local_website))
    assert [one.fault for one in report.findings] == [Fault.OLD_COPY]
    assert "3600 seconds old" in report.findings[0].detail


def test_a_page_that_ends_up_elsewhere_says_where(host: Host, website: SiteView) -> None:
    host.put("/", "", status=302, Location=f"{host.url}/home")
    host.put("/home", page(tag(website)))
    report = verify(f"{host.url}/", expected_of(website))
    assert [(one.fault, one.value) for one in report.findings] == [(Fault.OTHER_HOST, "localhost")]


def test_pages_that_cannot_be_reached_say_why(host: Host, settings: LazySettings, local_website: SiteView) -> None:
    expected = expected_of(local_website)
    port = host.url.rsplit(":", 1)[1]
    told = {
        "http://halyard.invalid/": Fault.UNKNOWN_NAME,
        f"https://localhost:{port}/": Fault.TLS,
        "http://localhost:1/": Fault.UNREACHABLE,
        "http://10.0.0.1/": Fault.REFUSED_ADDRESS,
        "http://169.254.169.254/latest/meta-data": Fault.REFUSED_ADDRESS,
    }
    assert {url: verify(url, expected).findings[0].fault for url in told} == told


def test_who_sits_at_the_machine_verifies_a_page_on_it_and_nobody_else_does(
    host: Host, settings: LazySettings, local_website: SiteView, website: SiteView, alice_client: Client
) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, outbound_allow="")
    url = host.put("/", page(tag(local_website)))

    def told(site: SiteView, address: str, **how: str) -> str:
        asked = {"HTTP_HOST": "127.0.0.1:8000", "REMOTE_ADDR": "127.0.0.1", **how}
        return alice_client.post(f"/insights/{site.id}/setup/verify/", {"url": address}, **asked).content.decode()

    refused = "The page is not on the public internet"
    assert "The script is in the page and may run" in told(local_website, url)
    host.put("/away", "", status=302, Location="http://10.0.0.1/")
    for one in (
        told(local_website, url, HTTP_X_FORWARDED_FOR="203.0.113.7"),
        told(local_website, url, REMOTE_ADDR="203.0.113.7"),
        told(website, url),
        told(local_website, f"{host.url}/away"),
        told(local_website, "http://169.254.169.254/"),
    ):
        assert refused in one
    settings.SITE_URL = "https://measure.example"
    assert refused in told(local_website, url)


@pytest.mark.parametrize("src", [f"{OURS}/js/script.js", f"{OURS}/js/script.cookieless.js", "/js/script.js"])
def test_a_page_that_is_right_passes_whichever_script_it_has(src: str, host: Host, local_website: SiteView) -> None:
    host.put("/js/script.js", "window;websiteId", Content_Type="text/javascript")
    report = verify(host.put("/", page(tag(local_website, src=src))), expected_of(local_website))
    assert (report.findings, report.found, report.is_installed) == ((), src, True)


def test_a_script_that_other_code_writes_waits_for_the_first_visit(host: Host, local_website: SiteView) -> None:
    head = f"<script>document.head.append(make('{local_website.public_id}'))</script>"
    report = verify(host.put("/", page(head)), expected_of(local_website))
    assert (report.is_installed, report.found) == (True, "")


@pytest.mark.parametrize(
    ("policy", "lets"),
    [
        ("default-src *", True),
        ("script-src https:", True),
        ("script-src https://measure.example", True),
        ("script-src *.example", True),
        ("script-src https://measure.example/js/", True),
        ("script-src https://measure.example/other/", False),
        ("script-src https://measure.example:8443", False),
        ("script-src 'none'", False),
        ("default-src *, script-src 'self'", False),
        ("img-src 'self'", True),
    ],
)
def test_policies_are_read_as_browsers_read_them(policy: str, lets: bool) -> None:
    refusal = refusal_of([policy], ("script-src-elem", "script-src"), "https://measure.example/js/script.js")
    assert (refusal is None) is lets


@pytest.mark.parametrize("url", ["http://[", "https://measure.example:99999/js/script.js"])
def test_no_policy_lets_an_address_in_that_is_none(url: str) -> None:
    assert refusal_of(["script-src https://measure.example"], ("script-src",), url) is not None


def test_the_page_shows_the_fault_and_ticks_the_step_once_it_is_mended(
    host: Host, local_website: SiteView, alice_client: Client, bob_client: Client
) -> None:
    address = f"/insights/{local_website.id}/setup/verify/"
    told = alice_client.post(address, {"url": host.put("/", page(""))}, headers={"HX-Request": "true"}).content.decode()
    assert "The script is not in the page" in told
    assert "<html" not in told
    assert Site.objects.get().verified_at is None
    host.put("/", page(tag(local_website)))
    whole = alice_client.post(address, {"url": f"{host.url}/"}).content.decode()
    assert "The script is in the page and may run" in whole
    assert "<html" in whole
    assert Site.objects.get().verified_at is not None
    assert "is required" in alice_client.post(address, {"url": ""}).content.decode()
    assert bob_client.post(address, {"url": f"{host.url}/"}).status_code == 403
