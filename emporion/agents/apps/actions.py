"""Verbs of apps: put one on sale and make it known to the OpenID provider."""

from datetime import datetime

from allauth.idp.oidc.models import Client
from django.conf import settings
from django.contrib.auth.hashers import make_password

from emporion.agents.apps.identity import CLIENT_PREFIX
from emporion.agents.apps.models import AppListing
from emporion.agents.apps.types import AppKind, AppSpec


def register_app(*, spec: AppSpec, now: datetime) -> None:
    """Publish an app and its client at the provider; repeated, it takes over what changed, also the address of the site."""
    AppListing.objects.update_or_create(
        id=spec.offering_id,
        defaults={
            "slug": spec.slug,
            "name": spec.name,
            "icon": spec.icon,
            "kind": spec.kind,
            "launch_url": spec.launch_url,
            "scopes": " ".join(spec.scopes),
            "updated_at": now,
        },
    )
    if not spec.kind.has_own_door:
        return
    Client.objects.update_or_create(
        id=client_id(spec.kind),
        defaults={
            "name": spec.name,
            "type": Client.Type.PUBLIC,  # no secret to keep: the proof is PKCE
            "secret": make_password(None),  # or one that nobody knows is made, and 100 MB are filled to hash it
            "scopes": "\n".join(spec.scopes),
            "default_scopes": "openid",
            "redirect_uris": redirect_uri(spec.kind),
            "grant_types": Client.GrantType.AUTHORIZATION_CODE,
            "response_types": "code",
            "skip_consent": True,  # the organisation bought it; it learns nothing that its people do not know
        },
    )


def client_id(kind: AppKind) -> str:
    """The name of an app at the provider."""
    return f"{CLIENT_PREFIX}{kind}"


def redirect_uri(kind: AppKind) -> str:
    """Where the provider sends people back to."""
    return f"{settings.SITE_URL}/app/{kind}/callback/"
