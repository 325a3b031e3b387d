"""What can be asked about the apps that organisations have; every question begins at the actor."""

from uuid import UUID

from emporion.accounts import queries as accounts
from emporion.agents.apps.errors import AppNotFound
from emporion.agents.apps.models import AppListing, AppUse
from emporion.agents.apps.types import AppKind, AppView, Entry, PersonOnApp
from emporion.billing import queries as billing
from emporion.billing.types import SubscriptionView
from emporion.plumbing.types import Actor


def apps(actor: Actor) -> tuple[AppView, ...]:
    """The apps in the projects that the actor sees, newest first."""
    listings = {row.id: row for row in AppListing.objects.all()}
    return tuple(_view(one, listings[one.product_id]) for one in billing.subscriptions_of(actor) if one.product_id in listings)


def app(actor: Actor, subscription_id: UUID) -> AppView:
    """One app, by its subscription."""
    subscription = billing.subscription(actor, subscription_id)
    listing = AppListing.objects.filter(id=subscription.product_id).first()
    if listing is None:
        raise AppNotFound
    return _view(subscription, listing)


def people_on(actor: Actor, view: AppView) -> tuple[PersonOnApp, ...]:
    """Who may open an app: everybody in the organisation, with when they last did."""
    uses = AppUse.objects.filter(kind=view.kind, organisation_id=view.organisation_id)
    opened = dict(uses.values_list("subject", "last_opened_at"))
    return tuple(
        PersonOnApp(name=one.name, email=one.email, last_opened_at=opened.get(str(one.person_id)))
        for one in accounts.members_of(actor)
    )


def entries_of(*, person_id: UUID, name: str, kind: str) -> tuple[Entry, ...]:
    """The organisations of a person that have a running subscription to an app: who leaves or cancels is out at once."""
    products = set(AppListing.objects.filter(kind=kind).values_list("id", flat=True))
    person = accounts.actor_for_person(person_id=person_id, name=name)
    return tuple(
        Entry(id=organisation.id, name=organisation.name)
        for organisation in accounts.organisations_of(person)
        if any(one.is_usable and one.product_id in products for one in billing.subscriptions_of(Actor.system(organisation.id)))
    )


def _view(subscription: SubscriptionView, listing: AppListing) -> AppView:
    return AppView(
        subscription_id=subscription.id,
        organisation_id=subscription.organisation_id,
        kind=AppKind(listing.kind),
        name=listing.name,
        icon=listing.icon,
        plan_name=subscription.plan.name,
        launch_url=listing.launch_url,
        is_usable=subscription.is_usable,
        trial_ends_at=subscription.trial_ends_at,
    )
