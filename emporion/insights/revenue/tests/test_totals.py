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


def money(page: str, label: str) -> list[str]:
    return sorted(re.findall(rf'data-label="{label}"><b>([^<]*)</b>', page))


@pytest.mark.requirement("INS-10", "INS-11")
def test_each_source_opens_to_the_payments_that_a_model_credits_it_with(scene: Scene, alice_client: Client) -> None:
    phone, desk = uuid4(), uuid4()
    for visitor, ago, source in ((phone, 9 * HOUR, "X"), (phone, 2 * HOUR, "Google"), (desk, 2 * HOUR, "Google")):
        scene.visit(visitor, ago, source)
    sold = [
        NewPayment(amount=Money(9_900, "USD"), transaction_id="one", visitor_id=phone, occurred_at=scene.now - HOUR),
        NewPayment(amount=Money(2_500, "USD"), transaction_id="two", visitor_id=desk, occurred_at=scene.now - HOUR),
        NewPayment(amount=Money(700, "EUR"), transaction_id="three", visitor_id=desk, occurred_at=scene.now - HOUR),
        NewPayment(
            amount=Money(900, "USD"), transaction_id="back", visitor_id=desk, is_refunded=True, occurred_at=scene.now - HOUR
        ),
    ]
    for payment in sold:
        actions.record_payment(site_id=scene.site.id, payment=payment, actor=scene.alice, now=scene.now)
    scene.drain()
    address = f"/insights/{scene.site.id}/payments/"
    opened = {}
    for model in ("last", "first", "linear"):
        page = alice_client.get(f"{address}?model={model}&days=30").content.decode()
        for table in page.split('<details class="by-source">')[1:]:
            for row in table.split("<tbody>")[1].split("</tbody>")[0].split("<tr>")[1:]:
                source, cell = re.findall(r">([^<]*)</th><td class=\"num\">(.*)</td>", row)[0]
                if "href" not in cell:
                    opened[model, source] = cell, []
                    continue
                url, amount = re.fullmatch(r'<a href="([^"]*)">(.*)</a>', cell).groups()
                behind = alice_client.get(address + url.replace("&amp;", "&")).content.decode()
                assert f"credits {source} with <b>{amount}</b>" in " ".join(behind.split())
                assert 'name="credited"' in behind, "another period of the same source"
                opened[model, source, amount[0]] = amount, money(behind, "In this figure")
    paid_and_back = ["$9.00", "-$9.00"]
    assert opened == {
        ("last", "Google", "$"): ("$124.00", sorted(["$25.00", "$99.00", *paid_and_back])),
        ("last", "Google", "€"): ("€7.00", ["€7.00"]),
        ("last", "X"): ("$0.00", []),
        ("first", "Google", "$"): ("$25.00", sorted(["$25.00", *paid_and_back])),
        ("first", "Google", "€"): ("€7.00", ["€7.00"]),
        ("first", "X", "$"): ("$99.00", ["$99.00"]),
        ("linear", "Google", "$"): ("$74.50", sorted(["$25.00", "$49.50", *paid_and_back])),
        ("linear", "Google", "€"): ("€7.00", ["€7.00"]),
        ("linear", "X", "$"): ("$49.50", ["$49.50"]),
    }
