"""Tells who sits at the machine itself from everybody who reaches it over a network."""

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

LOCAL_NAMES = frozenset({"localhost"})
FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded", "Via")


def is_this_machine(request: HttpRequest) -> bool:
    """Whether the installation's own address is this machine, and the request comes from this machine straight to it."""
    if any(name in request.headers for name in FORWARDED):
        return False
    hosts = (urlsplit(settings.SITE_URL).hostname, urlsplit(f"//{request.get_host()}").hostname, request.META.get("REMOTE_ADDR"))
    return all(_is_loopback(host or "") for host in hosts)


def _is_loopback(host: str) -> bool:
    if host in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
