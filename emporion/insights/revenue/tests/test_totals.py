"""The totals above the list of payments."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from emporion.insights.revenue import actions
from emporion.insights.revenue.tests.scene import Scene
from emporion.insights.revenue.types import NewPayment
from emporion.kernel.money import Money

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.mark.requirement("INS-10")
def test_each_total_opens_to_the_payments_that_add_up_to_it(scene: Scene, alice_client: Client) -> None:
    visitor = uuid4()
    scene.visit(visitor, 2 * HOUR, "Google")
    sold = [
        NewPayment(amount=Money(9_900, "USD"), transaction_id="one", visitor_id=visitor, occurred_at=scene.now - HOUR),
        NewPayment(amount=Money(2_500, "USD"), transaction_id="two", occurred_at=scene.now - HOUR),
        NewPayment(amount=Money(700, "EUR"), transaction_id="three", occurred_at=scene.now - HOUR),
        NewPayment(amount=Money(900, "USD"), transaction_id="back", is_refunded=True, occurred_at=scene.now - HOUR),
    ]
    for payment in sold:
        actions.record_payment(site_id=scene.site.id, payment=payment, actor=scene.alice, now=scene.now)
    scene.drain()
    address = f"/insights/{scene.site.id}/payments/"
    card = alice_client.get(address).content.decode().split('class="card sums-card"')[1].split("</section>")[0]
    opened = {}
    for url, part in re.findall(r'<a href="(\?[^"]*part=(\w+)[^"]*)"', card):
        page = alice_client.get(address + url.replace("&amp;", "&")).content.decode()
        rows = page.split('class="table cards payments"')[1].split("</table>")[0] if "table cards payments" in page else ""
        opened[part] = sorted(re.findall(r'class="num[^"]*">([^<]*)</td>', rows))
    assert opened["paid"] == ["$25.00", "$9.00", "$99.00"]
    assert opened["matched"] == ["$99.00"]
    assert all("€7.00" not in amounts for amounts in opened.values())
    assert set(opened) == {"net", "paid", "returned", "matched"}
    assert len(opened["net"]) == len(opened["paid"]) + len(opened["returned"])
