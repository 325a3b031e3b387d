"""A world of alice's with something in every drawer, and a word planted in all of it that nobody else may ever read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.core.files.base import ContentFile
from django.test import Client

from emporion.accounts.actions import ask_for_export, create_project, create_token, invite, notify_people
from emporion.accounts.models import Invitation
from emporion.accounts.types import Grant, TokenScope
from emporion.agents.apps.models import Board, Note, Service
from emporion.agents.automations.models import Automation, Blueprint, Run
from emporion.agents.automations.types import Every, Kind, RunState
from emporion.agents.channels.actions import create_key
from emporion.agents.channels.models import AgentKey, Implementation, Widget
from emporion.agents.knowledge.models import QuestionPair, Source, Topic
from emporion.agents.runtime.actions import register_blueprint
from emporion.agents.runtime.models import Agent, Conversation, Message
from emporion.agents.runtime.types import BlueprintSpec, KnowledgeFile, Persona
from emporion.billing.actions import publish_product
from emporion.billing.models import Charge, Subscription
from emporion.billing.queries import product
from emporion.billing.tests.shelf import PRO_SPEC, STARTER_SPEC
from emporion.billing.tests.shelf import product as spec_of
from emporion.billing.types import CHARGE, Cycle
from emporion.checkout.actions import complete_purchase
from emporion.checkout.types import PayBy, Place, PurchaseRequest, Selection
from emporion.config import eventlog
from emporion.insights.api.actions import create_key as create_figures_key
from emporion.insights.api.types import NewKey
from emporion.insights.goals.actions import create_goal, save_funnel
from emporion.insights.goals.types import FunnelStep, NewFunnel, NewGoal, StepKind
from emporion.insights.imports.actions import begin
from emporion.insights.imports.types import Source as ImportSource
from emporion.insights.reports.mailing import NewSchedule, Rhythm, schedule_report
from emporion.insights.reports.notes import NewNote, add_note
from emporion.insights.reports.shares import share_site
from emporion.insights.revenue import actions as revenue
from emporion.insights.revenue.types import NewPayment
from emporion.insights.sites.actions import add_site
from emporion.insights.sites.types import NewSite
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.market.models import Review
from emporion.notify.models import MailMessage, Notification
from emporion.notify.types import Message as Notice
from emporion.notify.types import Topic as Subject
from emporion.payments.actions import start_payment
from emporion.payments.models import Payment, PaymentMethod
from emporion.payments.types import Method, PaymentRequest
from emporion.plumbing.types import Actor, Role
from emporion.store.schemas import SiteEvent
from emporion.store.stitching import stitch
from tests.architecture import alerts_world, gateway_world, incidents_world, oncall_world, signals_world
from tests.cast import actor_of, client_of

# Planted in everything that only people of the organisation, or of the project in it, may read.
OF_ORGANISATION, OF_PROJECT = "zyxomma", "velloziaceae"
QUESTION = f"How long does the {OF_PROJECT} secret stay valid?"
GUIDE = f"# Guide\n\n## The {OF_PROJECT} secret\n\nThe {OF_PROJECT} secret stays valid for 24 hours after it was rotated."
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@dataclass(slots=True, kw_only=True)
class World:
    """Where alice's things are: the value of every parameter that an address or a form may name."""

    ids: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)
    product_id: UUID = field(default_factory=new_id)
    plan_id: UUID = field(default_factory=new_id)


@dataclass(slots=True, kw_only=True)
class Builder:
    """Builds through verbs and pages; `run` drains the jobs."""

    world: World
    alice: Actor
    run: Callable[[], int]
    now: datetime


def build(alice: Actor, run: Callable[[], int], now: datetime) -> World:
    """The whole world; alice's agent lives in a project of its own that other members do not see."""
    builder = Builder(world=World(), alice=alice, run=run, now=now)
    _shelf(builder)
    vault = create_project(name=f"Vault {OF_PROJECT}", actor=alice, now=now)
    builder.alice = actor_of(_person(alice))
    builder.world.ids["project_id"] = str(vault.id)
    builder.world.ids["person_id"] = str(alice.id)
    agent_id = _purchase(builder, vault.id)
    _teach(builder, agent_id)
    _talk(builder, agent_id)
    _channels(builder, agent_id)
    _automation(builder, vault.id)
    _website(builder, vault.id)
    _figures(builder)
    _wishes(builder)
    _apps(builder)
    _account(builder)
    _payments(builder)
    oncall_world.furnish(builder, vault.id)
    builder.world.ids |= gateway_world.furnish(word=OF_PROJECT, project_id=vault.id, actor=builder.alice, now=now)
    builder.world.ids |= signals_world.furnish(word=OF_PROJECT, project_id=vault.id, actor=builder.alice, now=now)
    api_id = UUID(builder.world.ids["api_id"])
    builder.world.ids |= alerts_world.furnish(word=OF_PROJECT, project_id=vault.id, api_id=api_id, actor=builder.alice, now=now)
    builder.world.ids |= incidents_world.furnish(builder, OF_PROJECT, vault.id)
    return builder.world


def _person(actor: Actor) -> "object":
    from emporion.accounts.models import Person

    return Person.objects.get(pk=actor.id)


def _shelf(builder: Builder) -> None:
    spec = spec_of(plans=(STARTER_SPEC, PRO_SPEC))
    blueprint = BlueprintSpec(
        offering_id=spec.id,
        slug="docs-agent",
        name="Docs Agent",
        provider_name="Emporion",
        icon="docs",
        persona=Persona(name="Hermes", tone="clear", language="en", rules=""),
        instructions="Lead with the answer and then give the steps.",
        welcome="Hello!",
        starters=("How do I begin?",),
        cover=(),
        avoid=(),
        avoid_message="",
        tools=("search_knowledge",),
        knowledge=(KnowledgeFile(name="guide.md", content=b"# Guide\n\n## Start\n\nOpen the page and begin."),),
    )
    register_blueprint(spec=blueprint, now=builder.now)
    publish_product(spec=spec, now=builder.now)
    builder.run()
    view = product("docs-agent")
    builder.world.product_id, builder.world.plan_id = view.id, view.plan("pro").id


def _purchase(builder: Builder, project_id: UUID) -> UUID:
    world = builder.world
    purchase = PurchaseRequest(
        key=f"{OF_PROJECT}-key",
        selection=Selection(plan_id=world.plan_id, cycle=Cycle.MONTHLY),
        pay_by=PayBy(token="tok_visa", save_method=True),
        place=Place(project_id=project_id),
        has_accepted_terms=True,
    )
    result = complete_purchase(purchase=purchase, actor=builder.alice, now=builder.now)
    builder.run()
    agent = Agent.objects.get(subscription_id=result.resource_id)
    subscription = Subscription.objects.get(pk=result.resource_id)
    charge = Charge.objects.create(
        subscription=subscription,
        organisation_id=builder.alice.organisation,
        kind="renewal",
        state="failed",
        period_start_at=builder.now,
        period_end_at=builder.now,
        base_minor=9_900,
        currency="USD",
        plan_id=subscription.plan_id,
        cycle="monthly",
        created_at=builder.now,
    )
    method, paid = PaymentMethod.objects.get(), Payment.objects.get()
    request = PaymentRequest(
        organisation_id=builder.alice.organisation,
        amount=Money(9_900, "USD"),
        method=Method.INVOICE,
        cause_type=CHARGE,
        cause_id=charge.id,
        key=f"{OF_PROJECT}-invoice",
    )
    invoice = start_payment(request=request, actor=builder.alice, now=builder.now)
    world.ids |= {
        "agent_id": str(agent.id),
        "subscription_id": str(subscription.id),
        "order_id": str(result.order_id),
        "charge_id": str(charge.id),
        "method_id": str(method.id),
        "payment_id": str(paid.id),
        "invoice_id": str(invoice.id),
    }
    world.secrets["payment_token"] = f"saved:{method.id}"
    return agent.id


def _teach(builder: Builder, agent_id: UUID) -> None:
    alice = client_of(_person(builder.alice))
    builder.world.clients["alice"] = alice
    from django.core.files.uploadedfile import SimpleUploadedFile

    base = f"/agents/{agent_id}"
    upload = SimpleUploadedFile(f"{OF_PROJECT}.md", GUIDE.encode())
    assert alice.post(f"{base}/training/files/", {"files": upload}).status_code == 302
    pair = {"question": f"Who guards the {OF_PROJECT}?", "answer": f"The warden of the {OF_PROJECT}."}
    assert alice.post(f"{base}/training/pairs/", pair).status_code == 302
    assert alice.post(f"{base}/training/topics/", {"kind": "avoid", "text": f"{OF_PROJECT} gossip"}).status_code == 302
    builder.run()
    persona = {"name": "Hermes", "tone": "clear", "language": "en", "rules": f"Never name the {OF_PROJECT}."}
    alice.post(f"{base}/persona/", persona)
    builder.world.ids |= {
        "source_id": str(Source.objects.get(library_id=agent_id).id),
        "pair_id": str(QuestionPair.objects.get(library_id=agent_id).id),
        "topic_id": str(Topic.objects.filter(library_id=agent_id).latest("id").id),
    }


def _talk(builder: Builder, agent_id: UUID) -> None:
    alice = builder.world.clients["alice"]
    assert alice.post(f"/agents/{agent_id}/chat/", {"question": QUESTION}).status_code == 302
    conversation = Conversation.objects.get(agent_id=agent_id)
    assert alice.post(f"/agents/{agent_id}/chat/{conversation.id}/person/").status_code == 302
    message = Message.objects.filter(conversation=conversation, speaker="agent").latest("id")
    builder.world.ids |= {"conversation_id": str(conversation.id), "message_id": str(message.id), "number": "1"}


def _channels(builder: Builder, agent_id: UUID) -> None:
    world, now = builder.world, builder.now
    key = create_key(agent_id=agent_id, name=f"{OF_PROJECT} backend", actor=builder.alice, now=now)
    world.secrets["agent_key"] = key.plaintext
    world.clients["alice"].get(f"/agents/{agent_id}/widget/")
    widget = Widget.objects.get(agent_id=agent_id)
    place = Implementation.objects.create(
        widget=widget, host=f"{OF_PROJECT}.example", environment="live", first_seen_at=now, last_seen_at=now
    )
    world.ids |= {
        "key_id": str(AgentKey.objects.get().id),
        "implementation_id": str(place.id),
        "public_id": widget.public_id,
        "widget_conversation_id": world.ids["conversation_id"],
    }


def _automation(builder: Builder, project_id: UUID) -> None:
    now = builder.now
    blueprint = Blueprint.objects.create(
        id=new_id(), slug="watcher", name="Watcher", icon="eye", kind="watch", schedule="daily", updated_at=now
    )
    automation = Automation.objects.create(
        id=new_id(),
        blueprint=blueprint,
        organisation_id=builder.alice.organisation,
        project_id=project_id,
        kind=next(iter(Kind)),
        name=f"{OF_PROJECT} watch",
        every=next(iter(Every)),
        at=now.time(),
        created_at=now,
    )
    run = Run.objects.create(
        automation=automation, slot="1", state=next(iter(RunState)), due_at=now, summary=f"The {OF_PROJECT} changed"
    )
    builder.world.ids |= {"automation_id": str(automation.id), "run_id": str(run.id)}


def _website(builder: Builder, project_id: UUID) -> None:
    site = NewSite(domain=f"{OF_PROJECT}.example", name=f"The {OF_PROJECT}")
    added = add_site(site=site, project_id=project_id, actor=builder.alice, now=builder.now)
    builder.run()
    builder.world.ids |= {"site_id": str(added.id)}


def _figures(builder: Builder) -> None:
    site_id, now, alice = UUID(builder.world.ids["site_id"]), builder.now, builder.alice
    note = add_note(site_id=site_id, note=NewNote(text=f"The {OF_PROJECT} went out", at=now), actor=alice, now=now)
    share = share_site(site_id=site_id, name=OF_PROJECT, password="", actor=alice, now=now)
    wanted = NewSchedule(email=f"boss@{OF_PROJECT}.example", rhythm=Rhythm.WEEKLY, time_zone="UTC")
    schedule = schedule_report(site_id=site_id, schedule=wanted, actor=alice, now=now)
    builder.world.ids |= {"share_id": str(share.id), "schedule_id": str(schedule.id)}
    builder.world.ids |= {f"{name}:note_id": str(note.id) for name in ("note", "remove-note", "restore-note")}


def _wishes(builder: Builder) -> None:
    """What the owner wants visitors to do, a visitor who was there, and a key for programs."""
    site_id, now, alice = UUID(builder.world.ids["site_id"]), builder.now, builder.alice
    goal = create_goal(site_id=site_id, goal=NewGoal(name=f"{OF_PROJECT}_signup"), actor=alice, now=now)
    steps = (FunnelStep(kind=StepKind.PAGE, pattern=f"/{OF_PROJECT}"), FunnelStep(kind=StepKind.PURCHASE))
    funnel = save_funnel(site_id=site_id, funnel=NewFunnel(name=f"The {OF_PROJECT} way", steps=steps), actor=alice, now=now)
    key_id, secret = create_figures_key(site_id=site_id, key=NewKey(name=f"The {OF_PROJECT} key"), actor=alice, now=now)
    builder.world.ids |= {
        "goal_id": str(goal.id),
        "funnel_id": str(funnel.id),
        "revoke:key_id": str(key_id),
        "restore-site-key:key_id": str(key_id),
    }
    log = ContentFile(f"GET /{OF_PROJECT}".encode(), name=f"{OF_PROJECT}.log")
    import_id = begin(site_id=site_id, source=ImportSource.LOGS, uploads=[log], actor=alice, now=now)
    builder.world.ids |= {"import_id": str(import_id)}
    builder.world.ids |= {"visitor:visitor_id": str(_visitor(builder, site_id))}
    builder.world.secrets["figures"] = secret


def _visitor(builder: Builder, site_id: UUID) -> UUID:
    visitor_id = new_id()
    seen = SiteEvent(
        event_id=new_id(),
        occurred_at=builder.now,
        organisation_id=builder.alice.organisation,
        site_id=site_id,
        visitor_id=visitor_id,
        kind="pageview",
        path=f"/{OF_PROJECT}",
    )
    eventlog.store().insert(SiteEvent, [seen], token=str(visitor_id))
    stitch(eventlog.store(), [seen])
    return visitor_id


def _apps(builder: Builder) -> None:
    now, organisation_id = builder.now, builder.alice.organisation
    words = f"The {OF_ORGANISATION} plan"
    note = Note.objects.create(
        organisation_id=organisation_id,
        title=words,
        text=words,
        search_text=words,
        author_name="A",
        created_at=now,
        updated_at=now,
    )
    Board.objects.create(organisation_id=organisation_id, title=words)
    service = Service.objects.create(organisation_id=organisation_id, name=words, since=now, note=words, created_at=now)
    builder.world.ids |= {"note_id": str(note.id), "service_id": str(service.id)}


def _account(builder: Builder) -> None:
    world, alice, now = builder.world, builder.alice, builder.now
    invite(email=f"new@{OF_ORGANISATION}.example", grant=Grant(role=Role.MANAGER), actor=alice, now=now)
    token, secret = create_token(name=f"{OF_ORGANISATION} token", scope=TokenScope.READ_WRITE, actor=alice, now=now)
    world.secrets["api_token"] = secret
    notice = Notice(
        topic=Subject.USAGE, title=f"{OF_ORGANISATION} is nearly used up", body=OF_ORGANISATION, url="/subscriptions/"
    )
    notify_people(organisation_id=alice.organisation, message=notice, person_ids=(alice.id,), now=now)
    export = ask_for_export(actor=alice, now=now)
    builder.run()
    review = Review.objects.order_by("id").first()
    world.ids |= {
        "organisation_id": str(alice.organisation),
        "invitation_id": str(Invitation.objects.get().id),
        "token_id": str(token.id),
        "export_id": str(export),
        "notification_id": str(Notification.objects.filter(person_id=alice.id).latest("id").id),
        "mail_id": str(MailMessage.objects.latest("id").id),
        "review_id": str(review.id if review else new_id()),
    }


def _payments(builder: Builder) -> None:
    site_id = UUID(builder.world.ids["site_id"])
    way, _ = revenue.connect_webhook(site_id=site_id, secret="", actor=builder.alice, now=builder.now)
    said = NewPayment(transaction_id=f"{OF_PROJECT}-1", amount=Money(9_900, "USD"))
    paid = revenue.record_payment(site_id=site_id, payment=said, actor=builder.alice, now=builder.now)
    builder.run()
    builder.world.ids |= {"payment:payment_id": str(paid.id), "stripe_webhook:connection_id": str(way.id)}
