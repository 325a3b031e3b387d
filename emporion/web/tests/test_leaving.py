"""Taking one's data along, and leaving: nothing of anybody else, nothing that the law wants kept is lost."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from emporion.accounts import actions, queries
from emporion.accounts.errors import StillOwner
from emporion.accounts.models import DataExport, Membership, Organisation, Person
from emporion.accounts.types import Registration
from emporion.agents.knowledge.models import Source
from emporion.agents.runtime import queries as runtime
from emporion.agents.runtime.models import Message
from emporion.billing import queries as billing
from emporion.billing.actions import publish_product
from emporion.billing.tests.shelf import product
from emporion.billing.types import Cycle, SubscriptionState
from emporion.checkout import queries as checkout
from emporion.checkout.actions import complete_purchase
from emporion.checkout.types import PayBy, PurchaseRequest, Selection
from emporion.kernel.clock import utcnow
from emporion.ledger import queries as ledger
from emporion.notify.models import MailMessage, Notification
from emporion.payments.models import PaymentMethod
from emporion.plumbing.types import Actor, Role

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("ACC-10")]
LATER = timedelta(days=15)


@pytest.fixture(autouse=True)
def _files(settings, tmp_path) -> None:
    files = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": files}


@pytest.fixture
def bought(alice: Actor) -> UUID:
    """Alice's organisation has Docs Agent Pro; the id of the order."""
    now = utcnow()
    publish_product(spec=product("docs-agent"), now=now)
    plan = billing.product("docs-agent").plan("pro")
    assert plan is not None
    purchase = PurchaseRequest(
        key="one",
        selection=Selection(plan_id=plan.id, cycle=Cycle.YEARLY),
        pay_by=PayBy(token="tok_visa"),
        has_accepted_terms=True,
    )
    return complete_purchase(purchase=purchase, actor=alice, now=now).order_id


def rows_of(package: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(package.read(name).decode())))


def test_an_owner_takes_along_what_the_organisation_has(
    bought: UUID, alice: Actor, alice_client: Client, charlie_client: Client, drain: Callable[..., int]
) -> None:
    assert alice_client.post("/settings/data/exports/").status_code == 302
    alice_client.post("/settings/data/exports/")
    row = DataExport.objects.get()  # asked twice, built once
    assert "Being made" in alice_client.get("/settings/data/").content.decode()
    drain(utcnow())
    address = f"/settings/data/exports/{row.id}/"
    assert address in alice_client.get("/settings/data/").content.decode()
    answer = alice_client.get(address)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    package = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    about = json.loads(package.read("person.json"))
    assert about["person"]["email"] == Person.objects.get(pk=alice.id).email
    slug = Organisation.objects.get(pk=alice.organisation).slug
    (order,) = rows_of(package, f"{slug}/orders.csv")
    assert (order["total"], order["currency"], order["state"]) == ("990.00", "USD", "paid")
    postings = rows_of(package, f"{slug}/postings.csv")
    assert len(postings) == len(ledger.entries_of(alice, limit=1000)) > 0
    assert "deletion" not in package.read(f"{slug}/audit.csv").decode()
    assert charlie_client.get(address).status_code == 404
    assert Client().get(address).status_code == 302


def test_a_member_who_owns_nothing_takes_along_only_what_is_theirs(
    bought: UUID, bob: Actor, bob_client: Client, drain: Callable[..., int]
) -> None:
    bob_client.post("/settings/data/exports/")
    drain(utcnow())
    answer = bob_client.get(f"/settings/data/exports/{DataExport.objects.get().id}/")
    package = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    slug = Organisation.objects.get(pk=bob.organisation).slug
    assert not [name for name in package.namelist() if name.startswith(f"{slug}/")]


def test_a_copy_is_gone_after_a_week(alice: Actor, alice_client: Client, drain: Callable[..., int]) -> None:
    now = utcnow()
    made = actions.ask_for_export(actor=alice, now=now)
    drain(now)
    assert default_storage.exists(f"exports/{made}.zip")
    DataExport.objects.update(expires_at=now - timedelta(seconds=1))
    assert alice_client.get(f"/settings/data/exports/{made}/").status_code == 404
    assert actions.erase_expired(now=now) == 1
    assert not default_storage.exists(f"exports/{made}.zip")


def test_the_only_owner_of_others_has_to_hand_over_first(alice: Actor, bob: Actor, alice_client: Client, now: datetime) -> None:
    with pytest.raises(StillOwner):
        actions.ask_for_deletion(actor=alice, now=now)
    assert "Make somebody else an owner" in alice_client.get("/settings/data/").content.decode()
    Membership.objects.filter(person_id=bob.id).update(role=Role.OWNER)
    assert actions.ask_for_deletion(actor=alice, now=now) == now + timedelta(days=14)


def test_whoever_became_the_only_owner_meanwhile_is_kept_and_told(alice: Actor, bob: Actor, now: datetime) -> None:
    Membership.objects.filter(person_id=bob.id).update(role=Role.OWNER)
    actions.ask_for_deletion(actor=alice, now=now)
    Membership.objects.filter(person_id=bob.id).update(role=Role.MEMBER)
    assert actions.delete_due(now=now + LATER) == 0
    assert Person.objects.get(pk=alice.id).deletion_due_at is None
    assert MailMessage.objects.filter(subject="Your account was not deleted").exists()


def test_deleting_can_be_taken_back_for_two_weeks(charlie: Actor, charlie_client: Client) -> None:
    charlie_client.post("/settings/data/account/", {"do": "delete"})
    assert Person.objects.get(pk=charlie.id).deletion_due_at is not None
    page = charlie_client.get("/settings/data/").content.decode()
    assert "Keep my account" in page
    assert actions.delete_due(now=utcnow() + timedelta(days=13)) == 0
    charlie_client.post("/settings/data/account/", {"do": "keep"})
    assert actions.delete_due(now=utcnow() + LATER) == 0
    assert charlie_client.get("/dashboard/").status_code == 200


def test_a_closed_organisation_leaves_no_training_material_no_conversation_and_no_card(
    alice: Actor,
    alice_client: Client,
    charlie: Actor,
    charlie_client: Client,
    drain: Callable[..., int],
    catalogue: Callable[..., None],
) -> None:
    now = utcnow()
    drain(now)
    plan = billing.product("docs-agent").plan("pro")
    agents = []
    for actor, client in ((alice, alice_client), (charlie, charlie_client)):
        purchase = PurchaseRequest(
            key=f"of {actor.id}",
            selection=Selection(plan_id=plan.id, cycle=Cycle.MONTHLY),
            pay_by=PayBy(token="tok_visa"),
            has_accepted_terms=True,
        )
        complete_purchase(purchase=purchase, actor=actor, now=now)
        drain(now)
        (agent,) = runtime.agents(actor)
        upload = SimpleUploadedFile("recipe.md", "# Récipe\n\nThe recipe holds saffron.".encode())
        assert client.post(f"/agents/{agent.id}/training/files/", {"files": upload}).status_code == 302
        drain(now)
        assert client.post(f"/agents/{agent.id}/chat/", {"question": "What does the recipe hold?"}).status_code == 302
        agents.append(agent.id)
    stored = Source.objects.get(library_id=agents[0]).stored_name
    assert default_storage.exists(stored)
    Membership.objects.filter(organisation_id=alice.organisation).exclude(person_id=alice.id).delete()
    actions.ask_for_deletion(actor=alice, now=now)
    assert actions.delete_due(now=now + LATER) == 1
    drain(now + LATER)
    assert not default_storage.exists(stored)
    assert [Source.objects.filter(library_id=agent).exists() for agent in agents] == [False, True]
    assert [Message.objects.filter(conversation__agent_id=agent).exists() for agent in agents] == [False, True]
    kept = [PaymentMethod.objects.filter(organisation_id=one.organisation).exists() for one in (alice, charlie)]
    assert kept == [False, True]


def test_a_deleted_person_leaves_books_that_balance_and_no_name(
    bought: UUID, alice: Actor, alice_client: Client, drain: Callable[..., int]
) -> None:
    now = utcnow()
    drain(now)
    Membership.objects.filter(organisation_id=alice.organisation).exclude(person_id=alice.id).delete()
    before = Person.objects.get(pk=alice.id)
    postings = len(ledger.entries_of(alice, limit=1000))
    alice_client.get(f"/orders/{bought}/receipt.pdf")
    actions.ask_for_deletion(actor=alice, now=now)
    assert actions.delete_due(now=now + LATER) == 1
    assert actions.delete_due(now=now + LATER) == 0
    drain(now + LATER)
    system = Actor.system(alice.organisation)
    receipt = checkout.receipt(system, bought)
    assert (receipt.person_name, receipt.order.total.minor) == ("Deleted person", 990_00)
    assert receipt.buyer_name.startswith("Closed organization ")
    assert before.email not in f"{receipt}"
    assert len(ledger.entries_of(system, limit=1000)) == postings
    assert ledger.faults() == ()
    assert [one.state for one in billing.subscriptions_of(system)] == [SubscriptionState.ENDED]
    assert alice_client.get("/dashboard/").status_code == 302
    assert not MailMessage.objects.filter(to__iexact=before.email).exists()
    assert not Notification.objects.filter(person_id=alice.id).exists()
    assert (
        not default_storage.exists(f"receipts/{alice.organisation}")
        or not default_storage.listdir(f"receipts/{alice.organisation}")[1]
    )
    assert queries.has_account(before.email) is False
    actions.register_person(
        registration=Registration(name="Alice", email=before.email, password="correct horse battery"),
        now=now + LATER,
    )
