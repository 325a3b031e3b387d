"""Who acts: the person of the session, or the token that a program sends; each sees what they belong to and no more."""

from datetime import datetime
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from emporion.accounts import queries
from emporion.accounts.actions import create_project, create_token, ensure_organisation, record_audit, revoke_token
from emporion.accounts.models import AuditEntry, Membership, Person
from emporion.accounts.types import TokenScope
from emporion.plumbing.types import Actor, Permission, Role

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("ACC-05")
def test_an_owner_sees_every_project_and_a_member_only_their_own(alice: Actor, bob_person: Person, now: datetime) -> None:
    second = create_project(name="Zürich", actor=alice, now=now)
    owner = queries.actor_for_person(person_id=alice.id, name="", organisation_id=alice.organisation_id)
    bob = queries.actor_for_person(person_id=bob_person.id, name="")
    assert second.id in owner.project_ids
    assert len(owner.project_ids) == 2
    assert bob.project_ids == alice.project_ids
    assert not bob.may(Permission.VIEW, second.id)


@pytest.mark.requirement("ACC-03")
def test_a_person_of_two_organisations_acts_in_the_one_they_chose(
    charlie: Actor, charlie_person: Person, organisation_id: UUID, now: datetime
) -> None:
    Membership.objects.create(person=charlie_person, organisation_id=organisation_id, role=Role.MANAGER, created_at=now)
    there = queries.actor_for_person(person_id=charlie_person.id, name="", organisation_id=organisation_id)
    assert (there.organisation_id, there.role) == (organisation_id, Role.MANAGER)
    assert queries.actor_for_person(person_id=charlie_person.id, name="").organisation_id == charlie.organisation_id


@pytest.mark.requirement("SEC-01")
def test_choosing_a_strangers_organisation_changes_nothing(charlie: Actor, organisation_id: UUID) -> None:
    tried = queries.actor_for_person(person_id=charlie.id, name="", organisation_id=organisation_id)
    assert tried.organisation_id == charlie.organisation_id


def test_an_actor_costs_one_query(alice: Actor, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        queries.actor_for_person(person_id=alice.id, name="")


@pytest.mark.requirement("ACC-08")
def test_a_token_reads_until_it_is_revoked(alice: Actor, now: datetime) -> None:
    token, secret = create_token(name="robot", scope=TokenScope.READ, actor=alice, now=now)
    robot = queries.actor_for_token(secret=secret, now=now)
    assert robot.may(Permission.VIEW)
    assert not robot.may(Permission.PURCHASE)
    revoke_token(token_id=token.id, actor=alice, now=now)
    assert queries.actor_for_token(secret=secret, now=now) is None


@pytest.mark.requirement("ACC-08")
def test_a_token_ends_when_its_person_leaves(bob: Actor, now: datetime) -> None:
    _, secret = create_token(name="bob's", scope=TokenScope.READ_WRITE, actor=bob, now=now)
    Membership.objects.filter(person_id=bob.id).delete()
    assert queries.actor_for_token(secret=secret, now=now) is None


@pytest.mark.requirement("ACC-11")
@pytest.mark.parametrize("statement", ["UPDATE accounts_auditentry SET actor_name = 'nobody'", "DELETE FROM accounts_auditentry"])
def test_the_audit_log_cannot_be_changed_not_even_with_sql(alice: Actor, now: datetime, statement: str) -> None:
    record_audit(actor=alice, verb="project.created", object_type="project", object_id="1", now=now)
    lines = AuditEntry.objects.count()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEntry.objects.exclude(actor_name="nobody").count() == lines


@pytest.mark.requirement("ACC-02")
def test_a_workspace_is_made_once(charlie_person: Person, now: datetime) -> None:
    first = ensure_organisation(person_id=charlie_person.id, now=now)
    again = ensure_organisation(person_id=charlie_person.id, name="Other", now=now)
    assert first == again
    assert (first.organisation.name, first.project.name) == ("Charlie's Organization", "Default")
