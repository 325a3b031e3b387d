"""Costs and own prices for programs."""

from typing import Annotated, cast
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Status

from emporion.accounts.access import ActorRequest, PersonOrToken
from emporion.gateway.pricing import actions
from emporion.gateway.pricing.queries import prices_of
from emporion.kernel.clock import utcnow
from emporion.nexus.costs import queries
from emporion.nexus.costs.address import question_of
from emporion.nexus.costs.schemas import CostsOut, PriceIn, PriceOut, costs_out, price_out
from emporion.nexus.costs.types import By
from emporion.plumbing.types import Actor

router = Router(tags=["nexus"], auth=PersonOrToken())


@router.get("/nexus/projects/{uuid:project_id}/costs", response=CostsOut, url_name="nexus-costs")
def costs(
    request: HttpRequest,
    project_id: UUID,
    by: Annotated[By, Query(description="What to break down by")] = By.API,
    month: Annotated[str, Query(description="2026-11; this month otherwise", max_length=10)] = "",
) -> CostsOut:
    """What a month cost, on what it was spent, and why it changed.

    `from` and `to` (days, both included) ask for other stretches; `api`, `model`, `team`, `feature` and `customer` narrow.
    """
    now = utcnow()
    return costs_out(queries.report(_actor(request), question_of(request.GET, project_id, now), now=now))


@router.get("/nexus/prices", response=list[PriceOut], url_name="nexus-prices")
def prices(request: HttpRequest) -> list[PriceOut]:
    """The own prices of the organisation, newest first."""
    return [price_out(one) for one in prices_of(_actor(request), now=utcnow())]


@router.post("/nexus/prices", response={201: PriceOut}, url_name="nexus-prices")
def set_price(request: HttpRequest, body: PriceIn) -> Status[PriceOut]:
    """Set a price or a discount of one's own from a day on."""
    return Status(201, price_out(actions.set_price(price=body.price(), actor=_actor(request), now=utcnow())))


@router.delete("/nexus/prices/{uuid:price_id}", response={204: None}, url_name="nexus-price")
def remove_price(request: HttpRequest, price_id: UUID) -> Status[None]:
    """Take an own price away; its page can bring it back."""
    actions.remove_price(price_id=price_id, actor=_actor(request), now=utcnow())
    return Status(204, None)


def _actor(request: HttpRequest) -> Actor:
    return cast("ActorRequest", request).actor
