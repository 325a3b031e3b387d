"""Puts products, plans and bundles on sale; changed terms make a new version of a plan."""

import hashlib
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import transaction

from emporion.billing.errors import UnknownPlan
from emporion.billing.models import Bundle, BundleItem, Plan, PlanComponent, Product
from emporion.billing.types import BundleSpec, PlanSpec, ProductSpec
from emporion.kernel.money import Money


def publish_product(*, spec: ProductSpec, now: datetime) -> UUID:
    """Put a product and its plans on sale, or update them; who subscribed keeps the plan that was bought."""
    with transaction.atomic():
        product, _ = Product.objects.update_or_create(
            id=spec.id,
            defaults={
                "slug": spec.slug,
                "name": spec.name,
                "category": spec.category,
                "provider_id": spec.provider_id,
                "provider_name": spec.provider_name,
                "is_verified_provider": spec.is_verified_provider,
                "delivery": spec.delivery,
                "icon": spec.icon,
                "tagline": spec.tagline,
                "refund_days": spec.refund_days,
                "is_on_sale": True,
                "updated_at": now,
            },
        )
        for position, plan in enumerate(spec.plans):
            _publish_plan(product, plan, position, now)
        withdrawn = Plan.objects.filter(product=product, is_current=True).exclude(slug__in=[plan.slug for plan in spec.plans])
        withdrawn.update(is_current=False)
    return product.id


def withdraw_product(*, product_id: UUID, now: datetime) -> None:
    """Take a product off sale; subscriptions go on."""
    Product.objects.filter(id=product_id).update(is_on_sale=False, updated_at=now)


def withdraw_bundles(*, kept: Collection[str], now: datetime) -> None:
    """Take every bundle off sale but these."""
    Bundle.objects.filter(is_on_sale=True).exclude(slug__in=list(kept)).update(is_on_sale=False, updated_at=now)


def publish_bundle(*, spec: BundleSpec, now: datetime) -> UUID:
    """Put a bundle on sale, or update it; its products have to be on sale."""
    with transaction.atomic():
        bundle, _ = Bundle.objects.update_or_create(
            slug=spec.slug,
            defaults={
                "name": spec.name,
                "tagline": spec.tagline,
                "percent_off": spec.percent_off,
                "is_on_sale": True,
                "updated_at": now,
            },
        )
        bundle.items.all().delete()
        on_sale = Product.objects.filter(slug__in=[item.product for item in spec.items], is_on_sale=True)
        products = {product.slug: product for product in on_sale}
        for position, item in enumerate(spec.items):
            product = products.get(item.product)
            if product is None or not product.plans.filter(slug=item.plan, is_current=True).exists():
                raise UnknownPlan(product=item.product, plan=item.plan)
            BundleItem.objects.create(bundle=bundle, product=product, plan_slug=item.plan, cycle=item.cycle, position=position)
    return bundle.id


def _publish_plan(product: Product, spec: PlanSpec, position: int, now: datetime) -> None:
    terms = _terms(spec)
    current = Plan.objects.filter(product=product, slug=spec.slug, is_current=True).first()
    looks = {"name": spec.name, "tier": spec.tier, "position": position, "features": list(spec.features)}
    if current and current.terms == terms:
        Plan.objects.filter(pk=current.pk).update(**looks)
        return
    newest = Plan.objects.filter(product=product, slug=spec.slug).order_by("-version").first()
    Plan.objects.filter(product=product, slug=spec.slug).update(is_current=False)
    plan = Plan.objects.create(
        product=product,
        slug=spec.slug,
        version=newest.version + 1 if newest else 1,
        price_shape=spec.shape,
        currency=spec.currency,
        monthly_minor=_minor(spec.monthly),
        yearly_minor=_minor(spec.yearly),
        one_time_minor=_minor(spec.one_time),
        trial_days=spec.trial_days,
        at_limit=spec.at_limit,
        throttle_per_minute=spec.throttle_per_minute,
        provider_percent=spec.provider_percent,
        terms=terms,
        created_at=now,
        **looks,
    )
    PlanComponent.objects.bulk_create(
        PlanComponent(
            plan=plan,
            metric=component.metric,
            label=component.label,
            unit=component.unit,
            included=component.included,
            overage_rate=component.overage.amount if component.overage else None,
            position=index,
        )
        for index, component in enumerate(spec.components)
    )


def _minor(amount: Money | None) -> int | None:
    return None if amount is None else amount.minor


def _terms(spec: PlanSpec) -> str:
    """What a subscriber agreed to, without what only looks different."""
    agreed = (
        spec.shape,
        spec.currency,
        _minor(spec.monthly),
        _minor(spec.yearly),
        _minor(spec.one_time),
        spec.trial_days,
        spec.at_limit,
        spec.throttle_per_minute,
        spec.provider_percent,
        [
            (
                component.metric,
                component.label,
                component.unit,
                component.included,
                str(component.overage.amount.normalize()) if component.overage else None,
            )
            for component in spec.components
        ],
    )
    return hashlib.sha256(msgspec.json.encode(agreed)).hexdigest()
