"""A website with a Stripe endpoint to measure attribution on: `python -m bench.attribution_world prepare|read`."""

import json
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emporion.config.settings")
SECRET = "whsec_measured0123456789"


def prepare() -> dict[str, str]:
    """Somebody with a website that takes events and webhooks."""
    from emporion.accounts import queries as people  # noqa: PLC0415 - after Django is set up
    from emporion.accounts.actions import ensure_organisation, register_person  # noqa: PLC0415 - after Django is set up
    from emporion.accounts.types import Registration  # noqa: PLC0415 - after Django is set up
    from emporion.insights.revenue.actions import connect_webhook  # noqa: PLC0415 - after Django is set up
    from emporion.insights.sites.actions import add_site  # noqa: PLC0415 - after Django is set up
    from emporion.insights.sites.types import NewSite  # noqa: PLC0415 - after Django is set up
    from emporion.kernel.clock import utcnow  # noqa: PLC0415 - after Django is set up

    now = utcnow()
    registration = Registration(name="Zoé", email="zoe@marchetti.example", password="correct horse battery")
    person = register_person(registration=registration, now=now)
    place = ensure_organisation(person_id=person.id, name="Marchetti", now=now)
    actor = people.actor_for_person(person_id=person.id, name=person.name)
    site = add_site(site=NewSite(domain="shop.example"), project_id=place.project.id, actor=actor, now=now)
    way, _ = connect_webhook(site_id=site.id, secret=SECRET, actor=actor, now=now)
    return {"website": site.public_id, "webhook": f"/webhooks/insights/stripe/{way.id}", "secret": SECRET}


def read() -> dict[str, object]:
    """Every payment with what the product says of it, after the last look that a day would bring."""
    from django.db.models import Sum  # noqa: PLC0415 - after Django is set up

    from emporion.insights.revenue import attribution  # noqa: PLC0415 - after Django is set up
    from emporion.insights.revenue.models import Credit, Payment  # noqa: PLC0415 - after Django is set up
    from emporion.kernel.clock import utcnow  # noqa: PLC0415 - after Django is set up
    from emporion.plumbing.actions import run_due_jobs  # noqa: PLC0415 - after Django is set up

    run_due_jobs(now=utcnow(), limit=100_000)
    received = Payment.objects.received().filter(merged_into=None)
    for payment_id in list(received.values_list("pk", flat=True)):
        attribution.attribute(payment_id=payment_id, now=utcnow())
    counted = Payment.objects.filter(merged_into=None, standing="counted")
    columns = ("last", "first", "last_non_direct", "linear", "time_decay", "position")
    credits_ = Credit.objects.filter(payment__in=counted).aggregate(**{f"{one}_sum": Sum(one) for one in columns})
    rows = received.values("object_id", "method", "confidence", "credited_source", "amount_minor", "kind", "standing")
    net = counted.aggregate(total=Sum("amount_minor"))["total"]
    return {"payments": list(rows), "net": net, "models": [credits_[f"{one}_sum"] for one in columns]}


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps({"prepare": prepare, "read": read}[sys.argv[1]]()))
