"""A shop to buy from in benchmarks: `python -m bench.shop prepare` fills an installation, `count` says what was sold in it."""

import json
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emporion.config.settings")


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


if __name__ == "__main__":
    import django

    django.setup()
    sys.stdout.write("\n" + json.dumps({"prepare": prepare, "count": count}[sys.argv[1]]()) + "\n")
