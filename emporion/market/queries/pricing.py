"""Plans as the pages show them: prices and ids from billing, the provider's own words from the manifest."""

from collections.abc import Mapping
from uuid import UUID

from emporion.billing import queries as billing
from emporion.billing.types import PlanView as BilledPlan
from emporion.market.manifest import Manifest, PlanPart
from emporion.market.types import ComponentView, PlanView


def plans_by_offering(manifests: Mapping[UUID, Manifest]) -> Mapping[UUID, tuple[PlanView, ...]]:
    """The current plans of offerings, in the provider's order."""
    billed = billing.plans_of_many(manifests)
    return {id_: tuple(_plan(plan, manifest) for plan in billed.get(id_, ())) for id_, manifest in manifests.items()}


def _plan(plan: BilledPlan, manifest: Manifest) -> PlanView:
    part = next((part for part in manifest.plans if part.slug == plan.slug), None)
    return PlanView(
        id=plan.id,
        slug=plan.slug,
        name=plan.name,
        shape=plan.shape.value,
        audience=part.audience if part else "",
        monthly=plan.monthly,
        yearly=plan.yearly,
        one_time=plan.one_time,
        trial_days=plan.trial_days,
        at_limit=plan.at_limit.value,
        is_recommended=_is_recommended(part),
        points=plan.features,
        components=tuple(
            ComponentView(metric=one.metric, label=one.label, unit=one.unit, included=one.included, overage=one.overage)
            for one in plan.components
        ),
    )


def _is_recommended(part: PlanPart | None) -> bool:
    return part is not None and part.recommended
