"""The sites that embed the widget: one that it refused is told to its owner with the cause; invented ones fill no list."""

import re

import pytest
from django.test import Client

from emporion.agents.channels import actions, places
from emporion.agents.channels.models import Implementation, Widget
from emporion.agents.channels.types import WidgetSettings
from emporion.plumbing.types import Actor


@pytest.mark.django_db
@pytest.mark.requirement("WID-02", "BUY-20")
def test_the_dashboard_says_which_domain_is_not_allowed_and_leads_to_where_it_is_added(
    alice: Actor, alice_client: Client, widget: Widget, now
) -> None:
    settings = WidgetSettings(allowed_domains=("halyard.example",))
    actions.save_draft(agent_id=widget.agent_id, settings=settings, actor=alice, now=now)
    actions.publish_widget(agent_id=widget.agent_id, note="", actor=alice, now=now)
    Client().get(f"/widget/{widget.public_id}/config/", headers={"Origin": "https://docs.example"})
    page = alice_client.get("/dashboard/").content.decode()
    attention = page.split('id="h-attention"')[1].split("</section>")[0]
    assert "docs.example is not among its allowed domains" in attention
    assert "security policy" not in attention
    url = re.search(r'href="(/agents[^"]+#[^"]+)"', attention)[1]
    field = url.split("#")[1]
    assert f'id="{field}"' in alice_client.get(url).content.decode()


@pytest.mark.django_db
@pytest.mark.requirement("SEC-02")
def test_inventing_hosts_does_not_fill_the_owner_s_list(widget: Widget) -> None:
    for number in range(places.MOST_PLACES + 5):
        config = Client().get(f"/widget/{widget.public_id}/config/", headers={"Origin": f"https://h{number}.example"})
        assert config.status_code == 200
    assert Implementation.objects.count() == places.MOST_PLACES
