"""What an offering costs: plans, and the components that they count."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from emporion.billing.types import AtLimit, PriceShape
from emporion.market.manifest.words import Line, Metric, OverageRate, Part, Price, Short, Slug


class ComponentPart(Part):
    """What a plan counts: so much is included, and then each one costs `overage`."""

    metric: Metric
    label: Short
    unit: Short
    included: Annotated[int, Field(ge=0)] | Literal["unlimited"]
    overage: OverageRate | None = None

    @property
    def included_count(self) -> int | None:
        """How many are included; None when there is no limit."""
        return None if self.included == "unlimited" else self.included


class PlanPart(Part):
    """One way to buy it."""

    slug: Slug
    name: Short
    tier: Literal["free", "starter", "pro", "enterprise"]
    shape: PriceShape
    audience: Line
    monthly: Price | None = None
    yearly: Price | None = None
    one_time: Price | None = None
    trial_days: Annotated[int, Field(ge=0, le=90)] = 0
    at_limit: AtLimit = AtLimit.PAUSE
    recommended: bool = False
    points: tuple[Line, ...] = ()
    components: tuple[ComponentPart, ...] = ()

    @property
    def cycles(self) -> tuple[str, ...]:
        """The cycles that it is sold in: "monthly", "yearly", "once"; none when the buyer has to ask."""
        by_shape = {
            PriceShape.SUBSCRIPTION: ("monthly", "yearly") if self.monthly else ("monthly",),
            PriceShape.USAGE: ("monthly",),
            PriceShape.ONE_TIME: ("once",),
            PriceShape.CONTACT: (),
        }
        return by_shape[self.shape]

    @model_validator(mode="after")
    def _price_fits_shape(self) -> Self:
        given = {name for name in ("monthly", "yearly", "one_time") if getattr(self, name) is not None}
        allowed, needed = _PRICES[self.shape]
        if not needed <= given:
            raise ValueError(f"a plan of shape `{self.shape}` needs `{', '.join(sorted(needed - given))}`")
        if given - allowed:
            raise ValueError(f"a plan of shape `{self.shape}` has no `{', '.join(sorted(given - allowed))}`")
        return self

    @model_validator(mode="after")
    def _overage_is_priced(self) -> Self:
        if self.shape is PriceShape.USAGE and not any(part.overage for part in self.components):
            raise ValueError("a plan of shape `usage` needs a component with `overage`, the price of one")
        limited = [part for part in self.components if part.included != "unlimited"]
        if self.at_limit is AtLimit.OVERAGE and any(part.overage is None for part in limited):
            raise ValueError('`at_limit = "overage"` needs `overage` on every component with a limit')
        return self


_PRICES: dict[PriceShape, tuple[set[str], set[str]]] = {
    PriceShape.SUBSCRIPTION: ({"monthly", "yearly"}, {"monthly"}),
    PriceShape.USAGE: (set(), set()),
    PriceShape.ONE_TIME: ({"one_time"}, {"one_time"}),
    PriceShape.CONTACT: (set(), set()),
}
