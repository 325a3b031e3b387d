"""Every address says who may come in, so that a new one cannot be forgotten; then each is tried from outside."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from emporion.kernel.ids import new_id

# Addresses of packages that guard themselves; each is named with how.
GUARDED_ELSEWHERE = {
    "accounts/": "django-allauth: its views are for people signing in, or require it themselves",
    ".well-known/openid-configuration": "OpenID discovery is public by its standard",
    ".well-known/jwks.json": "public keys are public",
    "v1/metrics": "django-ninja asks for a key",
    "v1/revenue": "django-ninja asks for a key",
    "v1/insights/": "the description of the API is public",
    "identity/": "django-allauth's OpenID provider checks clients and people itself",
}


def patterns(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, path)
        else:
            yield path, entry


def ours() -> list[tuple[str, URLPattern]]:
    programs = ("api/", "v1/")  # django-ninja's own index, which answers 404
    elsewhere = (*GUARDED_ELSEWHERE, "api/")
    return [(path, entry) for path, entry in patterns() if not path.startswith(elsewhere) and path not in programs]


@pytest.mark.requirement("SEC-01", "ACC-05")
def test_every_address_says_who_may_come_in() -> None:
    silent = [path for path, entry in ours() if getattr(entry.callback, "access", None) not in {"signed-in", "anonymous", "key"}]
    assert silent == []


@pytest.mark.requirement("SEC-01")
@pytest.mark.django_db
def test_nobody_gets_past_the_door_of_a_signed_in_address_without_signing_in() -> None:
    for path, entry in ours():
        if getattr(entry.callback, "access", None) != "signed-in":
            continue
        for method in ("get", "post"):
            response = getattr(Client(), method)("/" + _filled(entry, path))
            assert response.status_code in {302, 401, 403, 404, 405}, (path, method, response.status_code)
            if response.status_code == 302:
                assert "/accounts/login/" in response["Location"], path


def _filled(entry: URLPattern, path: str) -> str:
    for name, converter in entry.pattern.converters.items():
        kind = type(converter).__name__
        value = str(new_id()) if "UUID" in kind else "1" if "Int" in kind else "x"
        path = path.replace(f"<{_name(kind)}:{name}>", value).replace(f"<{name}>", value)
    return path.lstrip("^").rstrip("$")


def _name(kind: str) -> str:
    return {
        "UUIDConverter": "uuid",
        "IntConverter": "int",
        "SlugConverter": "slug",
        "StringConverter": "str",
        "PathConverter": "path",
    }[kind]
