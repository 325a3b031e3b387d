"""Sends a visit to our own collection address, as a browser on the website would, so that somebody sees the whole way work."""

import secrets
import uuid
from datetime import datetime

import httpx
from django.utils.translation import gettext as _

from emporion.insights.sites.types import SiteView
from emporion.kernel.errors import Unavailable

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"


def simulate(site: SiteView, *, server: str, now: datetime) -> str:
    """Send one page view with a campaign; the reason when it was dropped, empty when it counts; Unavailable."""
    visitor = str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))
    scheme = "http" if site.domain == "localhost" else "https"
    event = {
        "websiteId": site.public_id,
        "domain": site.domain,
        "visitorId": visitor,
        "sessionId": f"s{visitor}",
        "href": f"{scheme}://{site.domain}/simulated-visit?utm_source=simulation&utm_campaign=first-visit",
        "referrer": "",
        "type": "pageview",
        "viewport": {"width": 1280, "height": 720},
        "screenWidth": 1280,
        "screenHeight": 720,
        "language": "en",
        "timezone": site.time_zone,
        "eventId": secrets.token_hex(16),
        "timestamp": int(now.timestamp() * 1000),
        "origin": "demo",
    }
    try:
        answer = httpx.post(f"{server}/api/events", json=event, headers={"User-Agent": BROWSER}, timeout=10, trust_env=False)
    except httpx.HTTPError as error:
        raise Unavailable(_("The collection address does not answer."), next_step=_("Try again in a minute.")) from error
    if answer.status_code != httpx.codes.ACCEPTED:
        raise Unavailable(
            _("The collection address answered with %(status)s.") % {"status": answer.status_code},
            next_step=_("Try again in a minute."),
        )
    return str(answer.headers.get("x-emporion-dropped", ""))
