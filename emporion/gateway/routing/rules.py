"""What is right for an API, a route, a budget, and what follows from figures; decided without asking anybody."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from emporion.gateway.routing.errors import ApiInvalid, BudgetInvalid, RouteInvalid
from emporion.gateway.routing.orders import NewBudget, NewRoute
from emporion.gateway.routing.types import PICOS_PER_UNIT, BudgetPeriod, BudgetScope, Protocol, RouteMode
from emporion.kernel.addresses import parts_of

LONGEST_SLUG = 40
LONGEST_KEPT_DAYS = 90
LONGEST_TIMEOUT = 600
LARGEST_LIMIT = 10**27
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,60}")
OF_THE_WIRE = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "cookie"})


def slug_of(name: str) -> str:
    """The name in an address: `Café API` is `cafe-api`, and `api` where nothing is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_SLUG].strip("-") or "api"


def free_slug(wanted: str, taken: Sequence[str]) -> str:
    """The wanted name, or the first of it with a number that nobody has."""
    if wanted not in taken:
        return wanted
    return next(slug for number in range(2, len(taken) + 3) if (slug := f"{wanted}-{number}") not in taken)


def base_url_of(text: str, protocol: Protocol) -> str:
    """An address to which paths can be added; without `/v1` where the protocol's own paths begin with it."""
    address = text.strip()
    if address and "://" not in address:
        address = f"https://{address}"
    parts = parts_of(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ApiInvalid("The address is missing or no web address.", field="base_url", next_step="Write it with https://.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ApiInvalid(
            "The address has more than a name and a path.", field="base_url", next_step="Leave out what follows ? or # and @."
        )
    bare = f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")
    return bare if protocol is Protocol.HTTP else re.sub(r"/v1$", "", bare)


def header_of(text: str) -> str:
    """The name of a header that may carry a key; empty for an API without one."""
    name = text.strip()
    if name and (not _HEADER.fullmatch(name) or name.lower() in OF_THE_WIRE):
        raise ApiInvalid("No key can be sent in this header.", field="auth_header", next_step="Use Authorization or x-api-key.")
    return name


def hint_of(secret: str) -> str:
    """The last signs of a secret, few enough to be no help to anybody else."""
    return secret[-4:] if len(secret) >= 12 else ""


def check_route(route: NewRoute) -> None:
    """Refuses a route that could not do what it says; RouteInvalid names the field."""
    if route.mode in {RouteMode.FALLBACK, RouteMode.DIVERT} and not route.targets:
        raise RouteInvalid("The route leads nowhere.", field="to_api", next_step="Choose where the calls go.")
    for target in route.targets:
        if target.api_id == route.calls.api_id and target.model == route.calls.model:
            raise RouteInvalid("The route leads back to where the calls come from.", field="to_api")
    if route.mode in {RouteMode.DIVERT, RouteMode.SHED} and not 1 <= route.percent <= 100:
        raise RouteInvalid("The share is not between 1 and 100 percent.", field="percent")
    if route.mode is RouteMode.SLOW and not 1 <= route.per_minute <= 1_000_000:
        raise RouteInvalid("The number of calls a minute is missing.", field="per_minute")
    if not 0 <= route.wait_seconds <= 60:
        raise RouteInvalid("A call can wait for at most 60 seconds.", field="wait_seconds")


def check_budget(budget: NewBudget) -> None:
    """Refuses a budget that limits nothing; BudgetInvalid names the field."""
    if not 1 <= budget.limit_picos <= LARGEST_LIMIT:
        raise BudgetInvalid("The limit is not an amount above zero.", field="limit")
    needs_value = budget.scope not in {BudgetScope.ORGANISATION, BudgetScope.PROJECT}
    if needs_value and not budget.value.strip():
        raise BudgetInvalid("It is not said what the budget limits.", field="value")
    if not all(1 <= share <= 100 for share in budget.shares):
        raise BudgetInvalid("A share is between 1 and 100 percent.", field="shares")


def period_of(period: BudgetPeriod, at: datetime) -> tuple[datetime, datetime | None]:
    """When the running period began and ends, in UTC; one without end began at all times."""
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if period is BudgetPeriod.DAY:
        return day, day + timedelta(days=1)
    if period is BudgetPeriod.MONTH:
        first = day.replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1)
    return EPOCH, None


def forecast(spent: int, *, start: datetime, end: datetime | None, at: datetime) -> int | None:
    """What the period will have cost at its end if it goes on like this; None before a twentieth of it has passed."""
    if end is None:
        return None
    second = timedelta(seconds=1)
    whole, passed = (end - start) // second, (at - start) // second
    if passed * 20 < whole:
        return None
    return max(spent, spent * whole // passed)


def share_to_tell(*, spent: int, limit: int, shares: Sequence[int], told: int) -> int | None:
    """The highest share that is reached and was not told yet; exact, whatever the amounts."""
    reached = [share for share in shares if share > told and spent * 100 >= limit * share]
    return max(reached, default=None)


def picos_of(usd: Decimal) -> int:
    """An amount in US dollars as whole picos."""
    return int(usd * PICOS_PER_UNIT)


def usd_of(picos: int) -> Decimal:
    """Picos as an exact amount in US dollars."""
    return Decimal(picos) / PICOS_PER_UNIT
