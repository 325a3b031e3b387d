"""Decides what a domain, an excluded address and a checklist are, without looking anything up."""

import ipaddress
import re

from emporion.insights.sites.errors import AddressInvalid, DomainInvalid
from emporion.insights.sites.types import Collection, SetupStep, SiteView

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
PAUSED_BY_OWNER = "paused by you"


def domain_of(text: str) -> str:
    """The domain that a person meant: `https://www.Example.com/a` is `www.example.com`; DomainInvalid for what has none."""
    bare = re.sub(r"^[a-z]+://", "", text.strip().lower()).split("/")[0].split("?")[0].split("@")[-1].split(":")[0].rstrip(".")
    if bare in {"localhost", "127.0.0.1"}:
        return "localhost"
    if not bare.isprintable() or len(bare) > 253:
        raise DomainInvalid(domain=text[:80], reason="it has signs that no domain has")
    try:
        ascii_name = bare.encode("idna").decode()
    except UnicodeError as error:
        raise DomainInvalid(domain=text[:80], reason="it has an empty or overlong part") from error
    labels = ascii_name.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise DomainInvalid(domain=text[:80], reason="it needs a name and an ending such as .com")
    return ascii_name


def network_of(text: str) -> str:
    """An address or network in its usual form; AddressInvalid for anything else."""
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise AddressInvalid(address=text[:80]) from error
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def done_steps(site: SiteView) -> frozenset[SetupStep]:
    """The lines of the checklist that are done; what was seen to work counts for all that it needs."""
    done = {SetupStep.ADD}
    if site.verified_at or site.first_event_at:
        done |= {SetupStep.INSTALL, SetupStep.VERIFY}
    if site.first_event_at:
        done.add(SetupStep.FIRST_DATA)
    if site.payments_known_at or site.payments_skipped_at:
        done.add(SetupStep.PAYMENTS)
    return frozenset(done)


def covers(collection: Collection, host: str) -> bool:
    """Whether pages of a host are a website's own: its domain, what lies below it, and the hosts that were named."""
    if host == "localhost":
        return collection.allows_localhost
    own = (collection.domain, *collection.hostnames)
    return any(host == one or f".{host}".endswith(f".{one.removeprefix('www.')}") for one in own)
