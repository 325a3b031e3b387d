"""Says from which address a request comes, where headers that anybody can write are believed only from proxies of ours."""

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The client's address: the last one that a proxy of ours added, else the connection's."""
    trusted = {one.strip() for one in settings.ENVIRONMENT.trusted_proxies.split(",") if one.strip()}
    address: str = request.META.get("REMOTE_ADDR", "")
    for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        if address not in trusted or not hop.strip():
            break
        address = hop.strip()
    return address
