"""Which country, region and city an address lies in, by a database in a file; what it does not know stays unknown.

The package brings DB-IP's country database (CC-BY-4.0); its licence asks for the link to
db-ip.com that reports carry.
"""

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

import maxminddb
import structlog

from emporion.edge.collect.clients import Client
from emporion.edge.collect.payload import clean

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A country by its ISO code, and what the database may know besides: region, city, and whether only servers live there."""

    country: str = ""
    region: str = ""
    city: str = ""
    is_datacentre: bool = False


NOWHERE = Place()

# Networks that rent out servers. Those that people also browse through (WARP, Private Relay, VPN providers) are left out.
_CLOUDS = frozenset(
    {
        14618,
        16509,
        396982,
        8075,
        14061,
        24940,
        213230,
        16276,
        63949,
        20473,
        51167,
        12876,
        31898,
        45102,
        132203,
        8560,
        60781,
        36352,
    }
)


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
        self._places = lru_cache(maxsize=8_192)(self._look_up)

    def of(self, client: Client) -> Place:
        """The place of a client; private addresses lie nowhere."""
        return self._places(client.packed) if client.is_global else NOWHERE

    def _look_up(self, packed: bytes) -> Place:
        found = self._reader.get(ipaddress.ip_address(packed))
        return place_in(found) if isinstance(found, dict) else NOWHERE


def place_in(found: dict[str, object]) -> Place:
    """Both shapes that there are: flat (DB-IP by way of ip-location-db) and MaxMind's nested one."""
    country = _text(found.get("country_code")) or _text(_under(found.get("country"), "iso_code"))
    subdivisions = found.get("subdivisions")
    first = subdivisions[0] if isinstance(subdivisions, list) and subdivisions else None
    region = _text(found.get("state1")) or _name(first)
    city = _name(found.get("city")) or _text(found.get("city"))
    return Place(
        country=country.upper() if len(country) == 2 else "", region=region, city=city, is_datacentre=_is_datacentre(found)
    )


def _is_datacentre(found: dict[str, object]) -> bool:
    """By the database's own word, or by the network's number where it has one; the package's country database has neither."""
    traits = found.get("traits")
    known = traits if isinstance(traits, dict) else found
    number = known.get("autonomous_system_number") or found.get("asn")
    return bool(known.get("is_hosting_provider")) or (isinstance(number, int) and number in _CLOUDS)


def _under(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, dict) else None


def _name(value: object) -> str:
    return _text(_under(_under(value, "names"), "en"))


def _text(value: object) -> str:
    return clean(value, 100) if isinstance(value, str) else ""
