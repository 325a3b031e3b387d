"""What the checkout page shows, computed once from the cart: the template only prints it."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from emporion.accounts import queries as people
from emporion.accounts.types import OrganisationView, PersonView, ProjectView
from emporion.billing import queries as billing
from emporion.billing.errors import PlanNotPriced
from emporion.billing.types import Cycle, PlanChoice, PlanView, PriceShape, ProductView, Quote
from emporion.checkout import wording
from emporion.checkout.cart import Cart
from emporion.checkout.types import Selection
from emporion.kernel.money import Money
from emporion.payments import queries as payments
from emporion.payments.types import TIME_TO_TRANSFER
from emporion.plumbing.types import GRANTS, Actor, Permission
from emporion.ui.types import Summary
from emporion.ui.wording import money

CURRENCY = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOption:
    """A plan or cycle to choose."""

    value: str
    label: str
    price: str
    hint: str = ""
    badge: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OnInvoice:
    """The words of the button, and of what is charged when, for who chooses the invoice."""

    button: str
    charge_note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the page sells: a product with a plan and cycle, or a bundle; `transfer_by` is when an invoice is to be paid."""

    title: str
    provider: str
    is_verified: bool
    icon: str
    back_url: str
    selection: Selection
    quote: Quote | None
    plans: tuple[PlanOption, ...] = ()
    cycles: tuple[PlanOption, ...] = ()
    plan: PlanView | None = None
    bundle_name: str = ""
    category: str = "agents"
    transfer_by: datetime | None = None

    @property
    def is_by_request(self) -> bool:
        """Whether the chosen plan is sold by hand."""
        return self.quote is None

    @property
    def needs_payment(self) -> bool:
        """Whether something is charged today."""
        return self.quote is not None and bool(self.quote.due_today)

    @property
    def due_today(self) -> Money:
        """What is charged today; nothing for what is sold by request."""
        return self.quote.due_today if self.quote else Money.zero(CURRENCY)

    @property
    def charge_note(self) -> str:
        """What is charged today, and what again and when."""
        return wording.charge_note(self.quote) if self.quote and self.needs_payment else ""

    @property
    def pays_later(self) -> bool:
        """Whether nothing is charged today, but use is at the end of the month: how has to be said now."""
        return self.quote is not None and not self.quote.due_today and self.quote.shape is PriceShape.USAGE

    @property
    def renews(self) -> bool:
        """Whether the same is charged again."""
        return self.quote is not None and self.quote.renews_at is not None

    @property
    def mode(self) -> str:
        """Which form the page shows; a change of it needs a new page."""
        if self.is_by_request:
            return "request"
        if self.pays_later:
            return "later"
        return "pay" if self.needs_payment else "free"

    @property
    def summary(self) -> Summary | None:
        """The order summary."""
        return wording.summary(self.quote, bundle_name=self.bundle_name, transfer_by=self.transfer_by) if self.quote else None

    @property
    def button(self) -> str:
        """What the one button says."""
        return wording.button(self.quote) if self.quote else ""

    @property
    def on_invoice(self) -> OnInvoice | None:
        """What is said instead where it is bought on invoice; nothing where nothing is charged today anyway."""
        if self.quote is None or not self.needs_payment:
            return None
        note = wording.charge_note_on_invoice(self.quote, self.transfer_by)
        return OnInvoice(button=wording.button_on_invoice(self.quote), charge_note=note)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """Where the purchase goes: what is filled in, and what it can be changed to."""

    organisation: str
    project: str
    organisations: tuple[OrganisationView, ...] = ()
    projects: tuple[ProjectView, ...] = ()
    organisation_id: UUID | None = None
    may_buy: bool = True
    buyers: tuple[str, ...] = ()

    @property
    def who_buys(self) -> str:
        """Who of the organisation can buy, by name."""
        return ", ".join(self.buyers)


def subject_of_product(slug: str, cart: Cart, *, actor: Actor, now: datetime) -> Subject:
    """A product's page: the plan of the cart, or the one whose price the product is announced with."""
    product = billing.product(slug)
    plan = product.plan(cart.plan) or product.announced_plan
    plan = _without_used_trial(plan, product, actor)
    cycle = _cycle(plan, cart.cycle)
    quote = None if cycle is None else billing.quote(PlanChoice(plan=plan, cycle=cycle, product_name=product.name), now=now)
    return Subject(
        title=product.name,
        provider=product.provider_name,
        is_verified=product.is_verified_provider,
        icon=product.icon or product.slug,
        back_url=f"/marketplace/{product.slug}/",
        selection=Selection(plan_id=plan.id, cycle=cycle or Cycle.MONTHLY),
        quote=quote,
        plans=tuple(_plan_option(other, current=other.id == plan.id) for other in product.plans),
        cycles=tuple(_cycle_option(plan, other, current=other is cycle, now=now) for other in plan.cycles),
        plan=plan,
        category=product.category,
        transfer_by=_transfer_by(now),
    )


def subject_of_bundle(slug: str, *, now: datetime) -> Subject:
    """A bundle's page: nothing to choose, several lines."""
    bundle = billing.bundle(slug)
    return Subject(
        title=bundle.name,
        provider=bundle.tagline,
        is_verified=False,
        icon="bundle",
        back_url="/marketplace/bundles/",
        selection=Selection(bundle=slug),
        quote=billing.quote_bundle(bundle, now=now),
        bundle_name=bundle.name,
        transfer_by=_transfer_by(now),
        plans=tuple(
            PlanOption(
                value=str(item.plan.id),
                label=item.product_name,
                # A bundle is paid from its first day, whatever its parts offer alone.
                hint=f"{item.plan.name} · {wording.includes(replace(item.plan, trial_days=0))}",
                price=wording.plan_price(item.plan),
            )
            for item in bundle.items
        ),
    )


def _transfer_by(now: datetime) -> datetime | None:
    """When the money of an invoice of now is due; where buyers are told no account, none is expected."""
    return now + TIME_TO_TRANSFER if payments.transfer_account() else None


def _without_used_trial(plan: PlanView, product: ProductView, actor: Actor) -> PlanView:
    has_had_it = plan.trial_days and actor.organisation_id is not None and billing.has_bought(actor, product.id)
    return replace(plan, trial_days=0) if has_had_it else plan


def _cycle(plan: PlanView, wanted: str) -> Cycle | None:
    if not plan.cycles:
        return None
    return Cycle(wanted) if wanted in set(plan.cycles) else plan.cycles[0]


def _plan_option(plan: PlanView, *, current: bool) -> PlanOption:
    return PlanOption(
        value=plan.slug, label=plan.name, hint=wording.includes(plan), price=wording.plan_price(plan), current=current
    )


def _cycle_option(plan: PlanView, cycle: Cycle, *, current: bool, now: datetime) -> PlanOption:
    try:
        quote = billing.quote(PlanChoice(plan=plan, cycle=cycle), now=now)
    except PlanNotPriced:
        return PlanOption(value=cycle, label=wording.cycle_name(cycle), price="", current=current)
    each = wording.per(cycle)
    amount = money(quote.total)
    return PlanOption(
        value=cycle,
        label=wording.cycle_name(cycle),
        price=f"{amount}/{each}" if each else amount,
        hint=wording.cycle_hint(quote),
        badge=wording.badge(quote),
        current=current,
    )


def workplace_of(actor: Actor, person: PersonView | None, cart: Cart) -> Workplace:
    """What is filled in for the buyer: their present organisation and first project, or what will be made for them."""
    entered = cart.entered
    project = entered.get("project_name") or _("Default")
    if person is None or actor.organisation_id is None:
        name = entered.get("name") or (person.name if person else "")
        automatic = _("%(name)s's Organization") % {"name": name} if name else _("Your organization")
        return Workplace(organisation=entered.get("organisation_name") or automatic, project=project)
    organisations = people.organisations_of(actor)
    here = next((one for one in organisations if one.id == actor.organisation_id), None)
    projects = tuple(project for project in people.projects_of(actor) if actor.may(Permission.PURCHASE, project.id))
    chosen = next((one for one in projects if str(one.id) == entered.get("project")), projects[0] if projects else None)
    may_buy = bool(projects) or actor.may(Permission.MANAGE_PROJECTS)
    return Workplace(
        organisation=here.name if here else "",
        project=chosen.name if chosen else project,
        organisations=organisations,
        projects=projects,
        organisation_id=actor.organisation_id,
        may_buy=may_buy,
        buyers=() if may_buy else _buyers(actor),
    )


def _buyers(actor: Actor) -> tuple[str, ...]:
    """Who may buy in the actor's organisation or in one of the projects that the actor sees."""
    roles = {one: {one.role, *(project.role for project in one.projects)} for one in people.members_of(actor)}
    return tuple(one.name for one, has in roles.items() if any(role and Permission.PURCHASE in GRANTS[role] for role in has))
