"""Fills an installation for the tests that use it from outside; run in a process of its own."""

import json


def seed() -> None:
    """Begin as a first start does; alice registers and buys an agent that has read the guide."""
    import django

    django.setup()
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from emporion.accounts.actions import ensure_organisation
    from emporion.agents.tests.goods import publish, subscribe
    from emporion.cli.server import migrate
    from emporion.kernel.clock import utcnow
    from emporion.plumbing.actions import run_due_jobs
    from tests.cast import register
    from tests.vectors import encoded_once

    with encoded_once():  # what the catalogue's agents know is read here, or each server that begins with a copy would read it
        migrate()
    person = register("alice@halyard.example", "Alicé", utcnow())
    workspace = ensure_organisation(person_id=person.id, now=utcnow())
    publish(now=utcnow())
    run_due_jobs(now=utcnow())
    agent_id = subscribe(workspace, "starter", now=utcnow())
    run_due_jobs(now=utcnow())
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    print(json.dumps({"agent": str(agent_id), "session": session.session_key}))
