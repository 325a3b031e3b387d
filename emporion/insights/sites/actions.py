"""Adding a website and changing what is measured of it."""

import re
import secrets
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from emporion.accounts.actions import record_audit
from emporion.insights.sites.errors import DomainInvalid, SiteExists
from emporion.insights.sites.events import SiteChanged
from emporion.insights.sites.models import Site
from emporion.insights.sites.queries import view_of
from emporion.insights.sites.types import NewSite, SiteView
from emporion.plumbing.actions import publish
from emporion.plumbing.types import Actor, Permission

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


def add_site(*, site: NewSite, project_id: UUID, actor: Actor, now: datetime) -> SiteView:
    """Adds a website to a project that the actor may configure; DomainInvalid, SiteExists."""
    actor.require(Permission.CONFIGURE, project_id)
    domain = domain_of(site.domain)
    try:
        with transaction.atomic():
            row = Site.objects.create(
                public_id=f"dfid_{secrets.token_hex(12)}",
                organisation_id=actor.organisation,
                project_id=project_id,
                domain=domain,
                name=site.name,
                time_zone=site.time_zone,
                currency=site.currency,
                hostnames=list(site.hostnames),
                allows_localhost=domain == "localhost",
                created_at=now,
            )
            record_audit(actor=actor, verb="add", object_type="website", object_id=str(row.pk), detail=domain, now=now)
            publish(SiteChanged(site_id=row.pk), now=now)
    except IntegrityError as error:
        raise SiteExists(domain=domain) from error
    return view_of(row)


def domain_of(text: str) -> str:
    """The domain that a person meant: `https://www.Example.com/a` is `www.example.com`; DomainInvalid for what has none."""
    bare = re.sub(r"^[a-z]+://", "", text.strip().lower()).split("/")[0].split("?")[0].split("@")[-1].split(":")[0].rstrip(".")
    if bare == "localhost":
        return bare
    try:
        ascii_name = bare.encode("idna").decode()
    except UnicodeError as error:
        raise DomainInvalid(domain=text, reason="it has an empty or overlong part") from error
    labels = ascii_name.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise DomainInvalid(domain=text, reason="it needs a name and an ending such as .com")
    return ascii_name
