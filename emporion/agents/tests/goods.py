"""What the tests of agents sell: a blueprint that has read a guide, and plans for it."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from emporion.accounts.types import Workspace
from emporion.agents.runtime import actions
from emporion.agents.runtime.types import BlueprintSpec, KnowledgeFile, Persona
from emporion.billing.actions import publish_product, start_subscription
from emporion.billing.queries import plans_of
from emporion.billing.types import AtLimit, ComponentSpec, Cycle, PlanSpec, ProductSpec, SubscriptionStart
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money, Rate

OFFERING = UUID("0192a000-0000-7000-8000-000000000001")
GUIDE = """# Halyard guide

## Rotating a secret

Choose Add secret on the endpoint page. The new signing secret and the old one are both valid for 24 hours, so nothing is lost.

## Refunds

We refund a booking in full when it is cancelled at least 48 hours before pickup. Later cancellations are charged half.

## Opening hours

The freight desk in Zürich is open from 07:30 to 18:00 on weekdays.

## Customs papers

Send the commercial invoice and the packing list at least one working day before pickup, or the container waits at the border.

## Tracking

Every booking has a tracking page that shows where the container is, updated each hour from the carrier.

## Invoices

Invoices are issued on the first day of the month and are due within 30 days. Late payment costs 5 percent a year.

## Team

An owner may invite colleagues by e-mail and give each of them a role in one or several projects.

## Insurance

Goods are insured up to 25,000 euros per container; more is arranged on request with our broker in Hamburg.
"""


BLUEPRINT = BlueprintSpec(
    offering_id=OFFERING,
    slug="guide-agent",
    name="Docs Agent",
    provider_name="Emporion",
    icon="docs",
    persona=Persona(name="Hermes", tone="clear and brief", language="en", rules="Answer in at most 120 words."),
    instructions="Lead with the answer in one or two sentences and then give the steps as a numbered list for the reader.",
    welcome="Hello! Ask me about Halyard.",
    starters=("How do I rotate a secret?", "When do I get a refund?"),
    cover=("Webhooks",),
    avoid=("Legal advice",),
    avoid_message="I cannot help with that here.",
    tools=("search_knowledge",),
    knowledge=(KnowledgeFile(name="guide.md", content=GUIDE.encode()),),
)
CALLS = ComponentSpec(metric="calls", label="calls a month", unit="call", included=1000, overage=Rate(Decimal("0.01"), "USD"))
FEW = ComponentSpec(metric="calls", label="calls a month", unit="call", included=2)
PRODUCT = ProductSpec(
    id=OFFERING,
    slug="guide-agent",
    name="Docs Agent",
    category="agents",
    provider_name="Emporion",
    plans=(
        PlanSpec(slug="starter", name="Starter", monthly=Money.of("29", "USD"), components=(CALLS,)),
        PlanSpec(slug="tiny", name="Tiny", monthly=Money.of("1", "USD"), at_limit=AtLimit.PAUSE, components=(FEW,)),
    ),
)


def publish(*, now: datetime) -> UUID:
    """Put the blueprint and its product on sale."""
    actions.register_blueprint(spec=BLUEPRINT, now=now)
    publish_product(spec=PRODUCT, now=now)
    return OFFERING


def subscribe(workspace: Workspace, plan: str, *, now: datetime) -> UUID:
    """Start a subscription, as a paid order does."""
    chosen = next(one for one in plans_of(OFFERING) if one.slug == plan)
    start = SubscriptionStart(
        id=new_id(),
        organisation_id=workspace.organisation.id,
        project_id=workspace.project.id,
        person_id=None,
        plan_id=chosen.id,
        cycle=Cycle.MONTHLY,
        price=chosen.monthly or Money.of("0", "USD"),
    )
    return start_subscription(start=start, now=now).id
