"""The overview says first what is broken, since when, who feels it, and offers what can be done with one tap."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from emporion.gateway.routing.actions import save_budget
from emporion.gateway.routing.models import Api, Budget, Route
from emporion.gateway.routing.orders import NewBudget
from emporion.gateway.routing.types import BudgetPeriod, BudgetScope
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.nexus.alerts.gathering import Ground, gather
from emporion.nexus.alerts.grouping import Graph
from emporion.nexus.alerts.models import Problem
from emporion.nexus.alerts.types import Kind, Observation, Severity
from emporion.nexus.apis.figures import event_store, impact
from emporion.nexus.apis.types import Scope
from emporion.plumbing.types import Actor
from emporion.store.schemas import ApiCalled

HOME = "/nexus/"


@pytest.mark.requirement("NEX-03", "UX-02")
def test_without_an_api_the_page_says_what_will_be_here_and_offers_the_one_action(alice_client, bob_client, calls_store):
    page = alice_client.get(HOME)
    assert "Know first when an API that you depend on fails" in page.text
    assert 'href="/nexus/apis/new/"' in page.text
    member = bob_client.get(HOME)
    assert 'href="/nexus/apis/new/"' not in member.text
    assert "Somebody who may configure the project can register one." in member.text


@pytest.mark.requirement("NEX-03")
def test_trouble_stands_first_with_its_beginning_and_who_feels_it(alice_client, live):
    began = live(broken_minutes=12)
    before = utcnow()
    text = alice_client.get(HOME).text
    after = utcnow()
    assert "1 of 4 APIs is broken" in text
    headline = re.search(r'<h1 id="t-h">OpenAI fails 1 call in (\d+)</h1>', text)
    assert headline
    assert 5 <= int(headline[1]) <= 13
    assert "overloaded" in text
    assert "Who feels it" in text
    assert re.search(r"\d+ customers</a></b>\d", text)
    assert "Meeting summaries" in text
    assert "Target 1%" in text
    assert text.index("OpenAI fails") < text.index("Your APIs")
    minutes = int(re.search(r"<dt>Since</dt><dd><b>(\d+) min", text)[1])
    least, most = (round((at - began) / timedelta(minutes=1)) for at in (before, after))
    assert least <= minutes <= most, began
    cards = re.findall(r'class="card api"[^>]*>.*?<b>(\w+)</b>', text, re.DOTALL)
    assert cards[0] == "OpenAI"
    assert set(cards) == {"OpenAI", "Mistral", "Apollo", "Stripe"}


@pytest.mark.requirement("NEX-03")
def test_who_feels_it_is_counted_from_the_calls_that_the_problem_was_noticed_by(
    alice_client, calls_store, register, organisation_id, project_id
):
    now, api = utcnow(), register("Inval", "http")
    rows = [
        ApiCalled(
            event_id=new_id(),
            organisation_id=organisation_id,
            project_id=project_id,
            api_id=api.pk,
            occurred_at=now - timedelta(minutes=4, seconds=number),
            outcome="provider_error",
            status=500,
            feature="checkout",
            customer=f"c-{number}",
        )
        for number in range(6)
    ]
    event_store().insert(ApiCalled, rows, token=str(new_id()))
    found = Observation(
        kind=Kind.OUTAGE,
        key="outage:inval",
        severity=Severity.PAGE,
        title="Inval: every call fails",
        sentence="",
        api_id=api.pk,
        started_at=now - timedelta(minutes=3),
    )
    felt = impact(Actor.system(organisation_id), Scope(project_id=project_id, api_id=api.pk), now - timedelta(minutes=8), now)
    ground = Ground(organisation_id=organisation_id, project_id=project_id, graph=Graph(), impacts={api.pk: felt})
    gather(ground, [found], over=[], now=now - timedelta(minutes=3))
    text = alice_client.get(HOME).text
    assert "6 calls failed for 6 customers" in text
    assert "Calls carry no customer" not in text
    facts = dict(re.findall(r"<dt>([^<]*)</dt><dd><b><a id=\"[^\"]*\" href=\"([^\"]*)\">6 ", text))
    assert set(facts) == {"Who feels it", "What they see"}
    assert "checkout 6 customers" in text
    for url in facts.values():
        listed = alice_client.get(url).text
        assert listed.count('scope="row"') == 6, "each number opens to its calls"


@pytest.mark.requirement("NEX-03", "UX-01")
def test_looking_closer_is_a_button_where_there_is_nothing_else_to_do(alice_client, live):
    live(broken_minutes=12)
    text = alice_client.get(HOME).text
    acts = text.split('class="acts"')[1].split("</section>")[0]
    assert 'id="trouble-more" class="button large quiet"' in acts
    Api.objects.exclude(name="OpenAI").update(protocol="http")
    acts = alice_client.get(HOME).text.split('class="acts"')[1].split("</section>")[0]
    assert acts.count("<button") == 0
    assert 'id="trouble-more" class="button large"' in acts


@pytest.mark.requirement("NEX-03")
def test_without_trouble_the_page_is_calm_and_useful(alice_client, live):
    live()
    text = alice_client.get(HOME).text
    assert "No trouble" in text
    assert "APIs do well" in text
    assert "Calls today" in text
    assert "Slowest now" in text
    assert "Declare incident" not in text


@pytest.mark.requirement("NEX-03", "UX-01")
def test_polling_changes_nothing_while_nothing_changed(alice_client, live):
    live(broken_minutes=5)
    text = alice_client.get(HOME).text
    poll = re.search(r'id="live"[^>]*hx-get="([^"]+)"', text)[1]
    asked = {"HX-Request": "true", "HX-Target": "live"}
    fresh = alice_client.get(HOME, headers=asked)
    assert fresh.text.lstrip().startswith('<div id="live"')
    assert "<html" not in fresh.text
    mark = re.search(r"seen=(\w+)", fresh.text)[1]
    again = alice_client.get(f"{HOME}?seen={mark}", headers=asked)
    assert again.status_code in {204, 200}, "the minute may have turned"
    assert urlsplit(poll).path == HOME
    for button in re.findall(r"<(?:button|a)[^>]*class=\"button[^>]*>", fresh.text):
        assert " id=" in button, "what has the focus is found again by its id"


@pytest.mark.requirement("NEX-09", "NEX-03")
def test_calls_are_routed_elsewhere_with_one_tap_and_back_with_another(alice_client, live, fleet):
    live(broken_minutes=8, share=0.6)
    text = alice_client.get(HOME).text
    action = re.search(r'action="(/nexus/apis/[^"]+/divert/)"', text)[1]
    assert "Route to Mistral" in text
    to = re.search(r'name="to" value="([^"]+)"', text)[1]
    answer = alice_client.post(action, {"to": to}, follow=True)
    route = Route.objects.get()
    assert (route.api_id, route.mode, route.targets[0]["api_id"]) == (fleet["openai"].pk, "divert", str(fleet["mistral"].pk))
    undo = re.search(r'action="(/nexus/gateway/routes/[^"]+/undo/)"', answer.text)[1]
    alice_client.post(undo)
    route.refresh_from_db()
    assert route.withdrawn_at is not None


@pytest.mark.requirement("NEX-03", "SEC-02")
def test_a_member_sees_the_trouble_but_no_button_that_is_not_theirs(bob_client, charlie_client, live, fleet):
    live(broken_minutes=8, share=0.6)
    text = bob_client.get(HOME).text
    assert "OpenAI fails" in text
    assert "Route to" not in text
    to = {"to": fleet["mistral"].pk}
    assert bob_client.post(f"/nexus/apis/{fleet['openai'].pk}/divert/", to).status_code == 403
    assert charlie_client.post(f"/nexus/apis/{fleet['openai'].pk}/divert/", to).status_code == 404
    assert "OpenAI" not in charlie_client.get(HOME).text
    assert Route.objects.count() == 0


@pytest.mark.requirement("NEX-03")
def test_the_list_of_apis_is_worst_first(alice_client, live):
    live(broken_minutes=8)
    text = alice_client.get("/nexus/apis/").text
    rows = re.findall(r'<th scope="row">.*?<a[^>]*>(\w+)</a>', text, re.DOTALL)
    assert rows[0] == "OpenAI"
    assert len(rows) == 4


@pytest.mark.requirement("NEX-03")
def test_more_apis_need_no_more_questions_of_the_database(alice_client, live, register, django_assert_max_num_queries):
    live()
    alice_client.get(HOME)
    counts = []
    for _ in range(2):
        with django_assert_max_num_queries(60) as asked:
            alice_client.get(HOME)
        counts.append(len(asked))
        for number in range(5):
            register(f"More{len(counts)}{number}", "http")
    assert counts[0] == counts[1]


@pytest.mark.requirement("NEX-03", "NEX-05", "NEX-07")
def test_an_open_problem_is_the_headline_with_its_alerts_and_its_one_tap(alice_client, live, fleet, organisation_id, project_id):
    live(broken_minutes=8)
    now = datetime.now(UTC)
    ground = Ground(organisation_id=organisation_id, project_id=project_id, graph=Graph())
    noticed = Observation(
        kind=Kind.BURN_RATE, key="burn", severity=Severity.PAGE, title="OpenAI fails 1 call in 8", sentence="With 503.",
        api_id=fleet["openai"].pk, started_at=now - timedelta(minutes=6),
    )  # fmt: skip
    gather(ground, [noticed], now=now)
    problem = Problem.objects.get()
    text = alice_client.get(HOME).text
    assert f'<h1 id="t-h">{problem.title}</h1>' in text
    assert text.count('name="problem" value="' + str(problem.pk)) == 2, "a button on the card, and the bar on a phone"
    assert 'class="onetap"' in text
    taken = re.search(r'action="(/nexus/alerts/[^"]+/acknowledge/)"', text)[1]
    alice_client.post(taken)
    after = alice_client.get(HOME).text
    assert "Alicé has it" in after
    declare = re.search(r'action="(/nexus/incidents/declare/)"', after)[1]
    alice_client.post(declare, {"problem": problem.pk})
    last = alice_client.get(HOME).text
    assert "Open the incident" in last
    assert "Declare incident" not in last


def problem_about(api_id, organisation_id, project_id, title: str = "OpenAI fails 1 call in 8") -> None:
    now = datetime.now(UTC)
    noticed = Observation(
        kind=Kind.BURN_RATE, key="burn", severity=Severity.PAGE, title=title, sentence="With 503.",
        api_id=api_id, started_at=now - timedelta(minutes=6),
    )  # fmt: skip
    gather(Ground(organisation_id=organisation_id, project_id=project_id, graph=Graph()), [noticed], now=now)


@pytest.mark.requirement("NEX-03")
def test_an_api_with_an_open_problem_is_nowhere_said_to_do_well(alice_client, live, fleet, organisation_id, project_id):
    live()
    problem_about(fleet["openai"].pk, organisation_id, project_id)
    text = alice_client.get(HOME).text
    assert "1 of 4 APIs is broken" in text
    cards = dict(re.findall(r'class="card api".*?<b>(\w+)</b>.*?class="state[^"]*"[^>]*>(.*?)</span>', text, re.DOTALL))
    assert "Problem open" in cards["OpenAI"]
    assert "Healthy" in cards["Stripe"]
    assert "Problem open" in alice_client.get("/nexus/apis/").text


@pytest.mark.requirement("NEX-03")
def test_what_one_page_says_of_cost_and_budget_is_of_one_moment(alice, alice_client, live, project_id):
    live()
    said = NewBudget(scope=BudgetScope.PROJECT, period=BudgetPeriod.MONTH, limit_picos=10**12)
    save_budget(budget=said, project_id=project_id, actor=alice, now=utcnow())
    assert Budget.objects.get().spent_picos == 0, "it is counted once a minute, and the page does not wait for that"
    text = alice_client.get(HOME).text
    spent = int(re.search(r"([\d,]+)% of the \$1.00 monthly budget", text)[1].replace(",", ""))
    assert spent > 0


@pytest.mark.requirement("NEX-03")
def test_one_api_is_said_in_the_singular(alice_client, live, fleet, organisation_id, project_id):
    live()
    for other in ("mistral", "apollo", "stripe"):
        fleet[other].removed_at = utcnow()
        fleet[other].save()
    text = alice_client.get(HOME).text
    assert "of 1 API<" in text
    problem_about(fleet["openai"].pk, organisation_id, project_id)
    assert "Your API is broken" in alice_client.get(HOME).text
