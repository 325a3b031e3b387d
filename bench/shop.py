"""A shop to buy from in benchmarks: `python -m bench.shop prepare` fills an installation, `count` says what was sold in it."""

import json
import os
import sys
from pathlib import Path
from uuid import UUID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emporion.config.settings")
KNOWLEDGE = Path(__file__).parent.parent / "catalogue/docs-agent/knowledge"


def prepare() -> dict[str, str]:
    """Somebody with a token that may buy, and a product on sale."""
    from emporion.accounts import queries as people  # noqa: PLC0415 - after Django is set up
    from emporion.accounts.actions import create_token, register_person  # noqa: PLC0415 - after Django is set up
    from emporion.accounts.types import Registration, TokenScope  # noqa: PLC0415 - after Django is set up
    from emporion.billing import queries as billing  # noqa: PLC0415 - after Django is set up
    from emporion.billing.actions import publish_product  # noqa: PLC0415 - after Django is set up
    from emporion.billing.tests.shelf import product  # noqa: PLC0415 - after Django is set up
    from emporion.kernel.clock import utcnow  # noqa: PLC0415 - after Django is set up

    now = utcnow()
    registration = Registration(name="Zoé", email="zoe@marchetti.example", password="correct horse battery")
    person = register_person(registration=registration, now=now)
    actor = people.actor_for_person(person_id=person.id, name=person.name)
    secret = create_token(name="bench", scope=TokenScope.READ_WRITE, actor=actor, now=now)[1]
    publish_product(spec=product("bench-agent"), now=now)
    sold = billing.product("bench-agent")
    return {"token": secret, "offering": str(sold.id), "plan": str(sold.plan("pro").id)}


def agent() -> dict[str, str]:
    """Somebody who bought the Docs Agent of the catalogue, with a key to ask it and a session to open its pages."""
    from django.conf import settings  # noqa: PLC0415 - after Django is set up
    from django.test import Client  # noqa: PLC0415 - after Django is set up

    from emporion.accounts import queries as people  # noqa: PLC0415 - after Django is set up
    from emporion.accounts.actions import ensure_organisation, register_person  # noqa: PLC0415 - after Django is set up
    from emporion.accounts.models import Person  # noqa: PLC0415 - after Django is set up
    from emporion.accounts.types import Registration  # noqa: PLC0415 - after Django is set up
    from emporion.agents.channels.actions import create_key  # noqa: PLC0415 - after Django is set up
    from emporion.agents.runtime import queries as agents  # noqa: PLC0415 - after Django is set up
    from emporion.billing import queries as billing  # noqa: PLC0415 - after Django is set up
    from emporion.billing.actions import start_subscription  # noqa: PLC0415 - after Django is set up
    from emporion.billing.types import Cycle, SubscriptionStart  # noqa: PLC0415 - after Django is set up
    from emporion.kernel.clock import utcnow  # noqa: PLC0415 - after Django is set up
    from emporion.kernel.ids import new_id  # noqa: PLC0415 - after Django is set up
    from emporion.plumbing.actions import run_due_jobs  # noqa: PLC0415 - after Django is set up

    now = utcnow()
    registration = Registration(name="Zoé", email="zoe@marchetti.example", password="correct horse battery")
    person = register_person(registration=registration, now=now)
    workspace = ensure_organisation(person_id=person.id, now=now)
    actor = people.actor_for_person(person_id=person.id, name=person.name)
    plan = billing.product("docs-agent").plan("pro")
    start = SubscriptionStart(
        id=new_id(),
        organisation_id=workspace.organisation.id,
        project_id=workspace.project.id,
        person_id=person.id,
        plan_id=plan.id,
        cycle=Cycle.MONTHLY,
        price=plan.monthly,
    )
    start_subscription(start=start, now=now)
    run_due_jobs(now=utcnow())
    (bought,) = agents.agents(actor)
    key = create_key(agent_id=bought.id, name="bench", actor=actor, now=now).plaintext
    browser = Client()
    browser.force_login(Person.objects.get(id=person.id))
    return {"agent": str(bought.id), "key": key, "session": browser.cookies[settings.SESSION_COOKIE_NAME].value}


def taught() -> dict[str, str]:
    """The same, taught the documents that the Docs Agent answers from in its demo."""
    from emporion.accounts import queries as people  # noqa: PLC0415 - after Django is set up
    from emporion.accounts.models import Person  # noqa: PLC0415 - after Django is set up
    from emporion.agents.knowledge.actions import add_files  # noqa: PLC0415 - after Django is set up
    from emporion.agents.knowledge.library import UploadedFile  # noqa: PLC0415 - after Django is set up
    from emporion.kernel.clock import utcnow  # noqa: PLC0415 - after Django is set up
    from emporion.plumbing.actions import run_due_jobs  # noqa: PLC0415 - after Django is set up

    bought = agent()
    person = Person.objects.get(email="zoe@marchetti.example")
    actor = people.actor_for_person(person_id=person.id, name=person.name)
    files = tuple(UploadedFile(name=path.name, content=path.read_bytes()) for path in sorted(KNOWLEDGE.glob("*.md")))
    add_files(library_id=UUID(bought["agent"]), files=files, actor=actor, now=utcnow())
    run_due_jobs(now=utcnow())
    return bought


def website() -> dict[str, str]:
    """Somebody who measures shop.example under the id that `bench.events` sends, with a session to open its reports."""
    from django.conf import settings  # noqa: PLC0415 - after Django is set up
    from django.test import Client  # noqa: PLC0415 - after Django is set up

    from emporion.accounts import queries as people  # noqa: PLC0415 - after Django is set up
    from emporion.accounts.actions import ensure_organisation, register_person  # noqa: PLC0415 - after Django is set up
    from emporion.accounts.models import Person  # noqa: PLC0415 - after Django is set up
    from emporion.accounts.types import Registration  # noqa: PLC0415 - after Django is set up
    from emporion.insights.sites.actions import add_site  # noqa: PLC0415 - after Django is set up
    from emporion.insights.sites.models import Site  # noqa: PLC0415 - after Django is set up
    from emporion.insights.sites.types import NewSite  # noqa: PLC0415 - after Django is set up
    from emporion.kernel.clock import utcnow  # noqa: PLC0415 - after Django is set up

    now = utcnow()
    registration = Registration(name="Zoé", email="zoe@marchetti.example", password="correct horse battery")
    person = register_person(registration=registration, now=now)
    workspace = ensure_organisation(person_id=person.id, now=now)
    actor = people.actor_for_person(person_id=person.id, name=person.name)
    site = add_site(site=NewSite(domain="shop.example"), project_id=workspace.project.id, actor=actor, now=now)
    # A demo website is not metered: else the trial is used up, and counting paused, in the middle of a measurement.
    Site.objects.filter(pk=site.id).update(public_id="dfid_bench", is_demo=True)
    browser = Client()
    browser.force_login(Person.objects.get(id=person.id))
    return {"site": str(site.id), "session": browser.cookies[settings.SESSION_COOKIE_NAME].value}


def learnt() -> dict[str, str]:
    """How many documents people uploaded are ready, and into how many passages they were cut."""
    from emporion.agents.knowledge.models import Passage, Source  # noqa: PLC0415 - after Django is set up

    uploaded = Source.objects.exclude(library__organisation_id=None)
    passages = Passage.objects.filter(document__source__in=uploaded)
    return {"ready": str(uploaded.filter(state="ready").count()), "passages": str(passages.count())}


def count() -> dict[str, object]:
    """What is in the books: orders by key, charges at the provider, subscriptions, receipts, and faults of the ledger."""
    from emporion.billing.models import Subscription  # noqa: PLC0415 - after Django is set up
    from emporion.checkout.models import Order, Receipt  # noqa: PLC0415 - after Django is set up
    from emporion.ledger import queries as ledger  # noqa: PLC0415 - after Django is set up
    from emporion.payments.models import Payment, SandboxCharge  # noqa: PLC0415 - after Django is set up

    return {
        "orders": {order.key: [str(order.id), order.state] for order in Order.objects.all()},
        "charges": SandboxCharge.objects.filter(status="succeeded").count(),
        "payments": Payment.objects.filter(state="succeeded").count(),
        "subscriptions": Subscription.objects.count(),
        "receipts": sorted(Receipt.objects.values_list("number", flat=True)),
        "faults": len(ledger.faults()),
    }


def imported() -> dict[str, str]:
    """What the one import was to bring, what the store has of it, and how much room it takes once it is merged."""
    from django.conf import settings  # noqa: PLC0415 - after Django is set up

    from emporion.insights.imports.models import Import  # noqa: PLC0415 - after Django is set up
    from emporion.store import shared_store  # noqa: PLC0415 - after Django is set up

    run, store = Import.objects.get(), shared_store(settings.EVENTS_URL)
    store.run("OPTIMIZE TABLE site_events FINAL")
    size = "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table = 'site_events'"
    events, visits = "SELECT count() FROM site_events", "SELECT count() FROM site_sessions WHERE NOT is_deleted"
    found = {"events": store.value(events, as_=int), "visits": store.value(visits, as_=int), "bytes": store.value(size, as_=int)}
    return {name: str(number) for name, number in ({"taken": run.taken} | found).items()}


if __name__ == "__main__":
    import django

    django.setup()
    verbs = {"prepare": prepare, "agent": agent, "taught": taught, "website": website, "learnt": learnt, "count": count}
    verbs["imported"] = imported
    sys.stdout.write("\n" + json.dumps(verbs[sys.argv[1]]()) + "\n")
