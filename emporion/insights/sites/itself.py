"""The website that measures this installation: the one that the environment names, else the one that an operator chose."""

import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from emporion.insights.sites.models import Site

LOCALHOST = "localhost"
_KEPT_SECONDS = 30.0  # every public page asks; other processes follow a change after this time


@dataclass(slots=True)
class _Kept:
    public_id: str = ""
    until: float = 0.0


_kept = _Kept()


def chosen_by_environment() -> str:
    """The public id that `EMPORION_OWN_SITE` names; empty where an operator may choose in the settings of a website."""
    return settings.ENVIRONMENT.own_site


def public_id() -> str:
    """The public id of the website that measures this installation, known for half a minute; empty where there is none."""
    if named := chosen_by_environment():
        return named
    if _kept.until <= time.monotonic():
        chosen = Site.objects.filter(measures_installation=True, removed_at=None).values_list("public_id", flat=True).first()
        _kept.public_id, _kept.until = chosen or "", time.monotonic() + _KEPT_SECONDS
    return _kept.public_id


def host() -> str:
    """The host of this installation as its own script names it: `localhost` on the machine of who tries it out."""
    name = urlsplit(settings.SITE_URL).hostname or LOCALHOST
    return LOCALHOST if name in {"127.0.0.1", "::1"} or name.endswith(f".{LOCALHOST}") else name


def forget() -> None:
    """Ask again at once, because the choice has changed."""
    _kept.until = 0.0
