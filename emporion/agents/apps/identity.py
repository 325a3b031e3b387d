"""What this installation tells, as an OpenID provider, an app about a person: who they are, and which of their organisations
have a running subscription to exactly this app. Nothing of other organisations is told.
"""

from collections.abc import Iterable
from typing import Any, Literal
from urllib.parse import urlsplit

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.models import Client
from django.conf import settings

from emporion.agents.apps.queries import entries_of

ORGANISATION_SCOPE = "organisation"
CLIENT_PREFIX = "emporion-app-"


class IdentityAdapter(DefaultOIDCAdapter):
    """Adds organisations to the claims, and names the issuer by configuration instead of by the Host header."""

    def get_issuer(self) -> str:
        """Where this installation is reached."""
        return str(settings.SITE_URL)

    def populate_server_metadata(self, data: dict[str, Any]) -> None:
        """Name every endpoint by the configured address, whatever Host header the question came with."""
        for name, value in data.items():
            if name.endswith(("_endpoint", "_uri")):
                data[name] = f"{settings.SITE_URL}{urlsplit(value).path}"
        data["scopes_supported"] = [*data["scopes_supported"], ORGANISATION_SCOPE]

    def get_user_sub(self, client: Client, user: Any) -> str:  # noqa: ARG002 - everybody gets the same answer
        """The person's id."""
        return str(user.pk)

    def get_claims(
        self,
        purpose: Literal["id_token", "userinfo"],
        user: Any,
        client: Client,
        scopes: Iterable[str],
        email: str | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """The standard claims, the name, and on userinfo the `organisations` that have this app."""
        claims: dict[str, Any] = super().get_claims(purpose, user, client, scopes, email=email, **kwargs)
        if "profile" in scopes:
            claims["name"] = user.name or user.email
        if ORGANISATION_SCOPE in scopes and purpose == "userinfo":
            kind = client.id.removeprefix(CLIENT_PREFIX)
            found = entries_of(person_id=user.pk, name=str(user), kind=kind)
            claims["organisations"] = [{"id": str(one.id), "name": one.name} for one in found]
        return claims
