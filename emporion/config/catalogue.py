"""Composes an offering out of what each domain keeps of it: its page, its prices, and the agent, automation or app itself."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings

from emporion.agents.apps import actions as apps
from emporion.agents.apps.types import AppKind, AppSpec
from emporion.agents.automations import actions as automations
from emporion.agents.automations.types import BlueprintSpec as AutomationSpec
from emporion.agents.automations.types import InputSpec, Kind
from emporion.agents.runtime import actions as agents
from emporion.agents.runtime.types import BlueprintSpec, KnowledgeFile, KnowledgeIsFor, Persona
from emporion.billing import actions as billing
from emporion.billing.types import BundleItemSpec, BundleSpec, ComponentSpec, Cycle, PlanSpec, ProductSpec
from emporion.kernel.money import Money, Rate
from emporion.market import actions as market
from emporion.market.manifest import (
    AppDelivery,
    AutomationDelivery,
    BundleManifest,
    Catalogue,
    HostedDelivery,
    Listing,
    Manifest,
    PlanPart,
    read_catalogue,
)
from emporion.plumbing.types import Actor

FIRST_PARTY = "emporion"
PLAIN_TILE = "box"


def sync_catalogue(*, now: datetime) -> None:
    """Read the manifests of the catalogue into the market, the price list and the runtime; a second time changes nothing.

    What left the folder goes off sale; who bought it keeps it. An empty folder withdraws nothing: it is a mistake in a path.
    """
    actor = Actor.system()
    catalogue = read_catalogue(Path(settings.CATALOGUE_DIR))
    for listing in catalogue.listings:
        publish(listing, actor=actor, now=now)
    if catalogue.listings:
        _withdraw(catalogue, actor=actor, now=now)
    for position, bundle in enumerate(catalogue.bundles):
        market.publish_bundle(bundle=bundle, position=position, actor=actor)
        billing.publish_bundle(spec=bundle_spec(bundle), now=now)
    market.verify_provider(slug=FIRST_PARTY, actor=actor)


def _withdraw(catalogue: Catalogue, *, actor: Actor, now: datetime) -> None:
    offerings = {listing.manifest.id for listing in catalogue.listings}
    bundles = {bundle.slug for bundle in catalogue.bundles}
    billing.withdraw_bundles(kept=bundles, now=now)
    for product_id in market.withdraw_missing(kept=offerings, kept_bundles=bundles, actor=actor, now=now):
        billing.withdraw_product(product_id=product_id, now=now)


def publish(listing: Listing, *, actor: Actor, now: datetime) -> None:
    """Put one offering on sale in every domain that keeps a part of it."""
    manifest = listing.manifest
    market.publish_offering(listing=listing, actor=actor, now=now)
    billing.publish_product(spec=product_spec(manifest), now=now)
    if isinstance(manifest.delivery, HostedDelivery):
        agents.register_blueprint(spec=blueprint_spec(listing, manifest.delivery), now=now)
    elif isinstance(manifest.delivery, AutomationDelivery):
        automations.register_blueprint(spec=automation_spec(manifest, manifest.delivery), now=now)
    else:
        apps.register_app(spec=app_spec(manifest, manifest.delivery), now=now)


def product_spec(manifest: Manifest) -> ProductSpec:
    """What billing sells."""
    return ProductSpec(
        id=manifest.id,
        slug=manifest.slug,
        name=manifest.name,
        category=manifest.category.value,
        provider_name=manifest.provider.name,
        is_verified_provider=manifest.provider.slug == FIRST_PARTY,
        delivery=manifest.delivery.kind,
        icon=manifest.icon.tile or PLAIN_TILE,
        tagline=manifest.tagline,
        refund_days=manifest.terms.refund_days,
        plans=tuple(_plan(plan, manifest.currency) for plan in manifest.plans),
    )


def bundle_spec(bundle: BundleManifest) -> BundleSpec:
    """The bundle that billing sells."""
    items = (BundleItemSpec(product=item.offering, plan=item.plan, cycle=Cycle(item.cycle)) for item in bundle.items)
    return BundleSpec(
        slug=bundle.slug, name=bundle.name, percent_off=bundle.percent_off, items=tuple(items), tagline=bundle.tagline
    )


def blueprint_spec(listing: Listing, delivery: HostedDelivery) -> BlueprintSpec:
    """The agent that a purchase makes."""
    manifest, persona = listing.manifest, delivery.persona
    return BlueprintSpec(
        offering_id=manifest.id,
        slug=manifest.slug,
        name=manifest.name,
        provider_name=manifest.provider.name,
        persona=Persona(name=persona.name, tone=persona.tone, language=persona.language, rules="\n".join(persona.rules)),
        category=manifest.category.value,
        icon=manifest.icon.tile or PLAIN_TILE,
        metric=_metric(manifest.plans),
        instructions=delivery.instructions,
        welcome=delivery.welcome,
        starters=delivery.starter_questions,
        cover=delivery.topics.cover,
        avoid=delivery.topics.avoid,
        avoid_message=delivery.topics.avoid_message or "",
        pairs=tuple((pair.question, pair.answer) for pair in delivery.questions),
        tools=tuple(tool.value for tool in delivery.tools),
        offers_person=delivery.handover.enabled,
        handover_message=delivery.handover.message or "",
        knowledge_is_for=KnowledgeIsFor(delivery.knowledge_is_for),
        has_demo=manifest.demo.enabled,
        demo_about=manifest.demo.about or "",
        demo_limit=manifest.demo.limit,
        knowledge=tuple(KnowledgeFile(name=page.name, content=page.text.encode()) for page in listing.knowledge),
    )


def automation_spec(manifest: Manifest, delivery: AutomationDelivery) -> AutomationSpec:
    """The automation that a purchase makes."""
    return AutomationSpec(
        offering_id=manifest.id,
        slug=manifest.slug,
        name=manifest.name,
        icon=manifest.icon.tile or PLAIN_TILE,
        kind=Kind(delivery.automation.value),
        schedule=delivery.schedule,
        inputs=tuple(
            InputSpec(key=part.key, label=part.label, type=part.type, is_required=part.required, help=part.help or "")
            for part in delivery.inputs
        ),
    )


def app_spec(manifest: Manifest, delivery: AppDelivery) -> AppSpec:
    """The app that a purchase opens."""
    return AppSpec(
        offering_id=manifest.id,
        slug=manifest.slug,
        name=manifest.name,
        icon=manifest.icon.tile or PLAIN_TILE,
        kind=AppKind(delivery.app.value),
        launch_url=delivery.launch_url,
        scopes=delivery.scopes,
    )


def _metric(plans: Iterable[PlanPart]) -> str:
    return next((part.metric.value for plan in plans for part in plan.components), "calls")


def _plan(plan: PlanPart, currency: str) -> PlanSpec:
    def money(amount: object) -> Money | None:
        return None if amount is None else Money.of(str(amount), currency)

    return PlanSpec(
        slug=plan.slug,
        name=plan.name,
        currency=currency,
        shape=plan.shape,
        tier=plan.tier,
        monthly=money(plan.monthly),
        yearly=money(plan.yearly),
        one_time=money(plan.one_time),
        trial_days=plan.trial_days,
        at_limit=plan.at_limit,
        features=plan.points,
        components=tuple(
            ComponentSpec(
                metric=part.metric.value,
                label=part.label,
                unit=part.unit,
                included=part.included_count,
                overage=None if part.overage is None else Rate(part.overage, currency),
            )
            for part in plan.components
        ),
    )
