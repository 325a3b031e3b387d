"""Which country, region and city an address lies in, by a database in a file; what it does not know stays unknown.

The package brings DB-IP's country database (CC-BY-4.0); its licence asks for ATTRIBUTION on pages that show its results.
"""

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import maxminddb
import structlog

from emporion.edge.collect.clients import Client
from emporion.edge.collect.payload import clean

log = structlog.get_logger(__name__)

ATTRIBUTION_TEXT = "IP Geolocation by DB-IP"
ATTRIBUTION_URL = "https://db-ip.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A country by its ISO code, and where the database knows them the region's and the city's English names."""

    country: str = ""
    region: str = ""
    city: str = ""


NOWHERE = Place()


class Places:
    """Looks addresses up; `path` is the operator's own database, or empty for the one that the package brings."""

    def __init__(self, path: str = "") -> None:
        own = str(resources.files("emporion.edge").joinpath("data/dbip-country.mmdb"))
        try:
            self._reader = maxminddb.open_database(path or own)
        except (OSError, maxminddb.InvalidDatabaseError) as error:
            log.warning("edge.geo_database_unreadable", path=path, problem=str(error))
            self._reader = maxminddb.open_database(own)
        self.source = Path(path or own).name

    def of(self, client: Client) -> Place:
        """The place of a client; private addresses lie nowhere."""
        if not client.is_global:
            return NOWHERE
        found = self._reader.get(client.address)
        return _place(found) if isinstance(found, dict) else NOWHERE


def _place(found: dict[str, object]) -> Place:
    """Both shapes that there are: flat (DB-IP by way of ip-location-db) and MaxMind's nested one."""
    country = _text(found.get("country_code")) or _text(_under(found.get("country"), "iso_code"))
    subdivisions = found.get("subdivisions")
    first = subdivisions[0] if isinstance(subdivisions, list) and subdivisions else None
    region = _text(found.get("state1")) or _name(first)
    city = _name(found.get("city")) or _text(found.get("city"))
    return Place(country=country.upper()[:2] if len(country) == 2 else "", region=region, city=city)


def _under(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, dict) else None


def _name(value: object) -> str:
    return _text(_under(_under(value, "names"), "en"))


def _text(value: object) -> str:
    return clean(value, 100) if isinstance(value, str) else ""
