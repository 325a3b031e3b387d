"""The pages of buying as a buyer meets them: one page, nothing lost, every state said in words."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from emporion.accounts.models import Person
from emporion.checkout.models import Order, QuoteRequest
from emporion.kernel.clock import utcnow
from emporion.notify.models import MailMessage
from emporion.payments.models import Payment

pytestmark = pytest.mark.django_db
PAGE = "/checkout/docs-agent/"
NEW = {"account": "new", "name": "Zoé Marchetti", "email": "zoe@marchetti.example", "password": "correct horse battery"}
PAID = {"plan": "pro", "cycle": "yearly", "method": "card", "new_card_token": "tok_visa", "save_card": "1", "terms": "yes"}


def text(response) -> str:
    plain = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", plain)


def key_of(client: Client, page: str = PAGE) -> str:
    return re.search(r'name="key" value="([^"]+)"', client.get(page).content.decode()).group(1)


def is_ticked(response) -> bool:
    return "checked" in re.search(r'<input type="checkbox" name="terms"[^>]*>', response.content.decode()).group(0)


@pytest.mark.requirement("BUY-07")
def test_the_page_shows_the_sources_example(client: Client, docs_agent) -> None:
    shown = text(client.get(f"{PAGE}?plan=pro&cycle=yearly"))
    for words in (
        "Checkout: Docs Agent",
        "Starter 1,000 calls a month, then $0.01",
        "10,000 calls a month, then $0.008",
        "Custom",
        "−17%",
        "2 months free",
        "$99 × 12 $1,188",
        "Discount −$198",
        "Total $990 /year",
        "Complete purchase · $990",
        "Auto: Default",
    ):
        assert words in shown


@pytest.mark.requirement("BUY-08")
def test_a_session_that_ended_meanwhile_is_said_and_the_choice_is_kept(client: Client, docs_agent) -> None:
    response = client.post(PAGE, PAID | {"key": key_of(client)})
    assert response.status_code == 422
    shown = text(response)
    assert "You were signed out meanwhile, so nothing was bought. Log in below; what you chose is kept." in shown
    assert "Enter your name" not in shown
    assert "Complete purchase · $990" in shown
    assert not Order.objects.exists()


@pytest.mark.requirement("BUY-07")
def test_the_terms_box_starts_empty_and_one_button_charges(client: Client, docs_agent) -> None:
    page = client.get(PAGE).content.decode()
    assert "checked" not in re.search(r'<input type="checkbox" name="terms"[^>]*>', page).group(0)
    assert page.count("button pay") == 1


@pytest.mark.requirement("BUY-08", "BUY-10")
def test_a_stranger_registers_and_buys_in_one_go(client: Client, docs_agent, drain: Callable[..., int]) -> None:
    told = NEW | PAID | {"time_zone": "Asia/Kathmandu", "organisation_name": "Marchetti & Figli"}
    response = client.post(PAGE, told | {"key": key_of(client)}, follow=True)
    assert "Docs Agent is yours" in text(response)
    assert "Set up your agent" in text(response)
    order = Order.objects.get()
    person = Person.objects.get(email=NEW["email"])
    assert order.person_id == person.id
    assert person.time_zone == "Asia/Kathmandu", "the browser's: what runs by the clock begins in it"
    drain(utcnow())
    mail = MailMessage.objects.get(subject__startswith="Receipt")
    assert (mail.to, "$990.00" in mail.text, "$990.00" in mail.html) == (NEW["email"], True, True)
    assert "Marchetti &amp; Figli" in client.get(f"/orders/{order.id}/receipt/").content.decode()
    assert "Visa •••• 4242" in text(client.get(f"/orders/{order.id}/receipt/"))


@pytest.mark.requirement("BUY-10", "BUY-13")
@pytest.mark.parametrize(
    ("profile", "sent", "kept"),
    [
        ("", "Asia/Kathmandu", "Asia/Kathmandu"),
        ("", "Mars/Olympus", "UTC"),
        ("Europe/Athens", "Asia/Kathmandu", "Europe/Athens"),
        ("UTC", "Asia/Kathmandu", "UTC"),
    ],
)
def test_a_buyer_whose_profile_names_no_time_zone_takes_the_browser_s(
    alice_client: Client, alice_person: Person, docs_agent, profile: str, sent: str, kept: str
) -> None:
    if profile:
        alice_client.post("/settings/", {"name": "Alice", "locale": "en", "time_zone": profile})
    assert ("data-zone" in alice_client.get(PAGE).content.decode()) == (profile != "Europe/Athens")
    response = alice_client.post(PAGE, PAID | {"time_zone": sent, "key": key_of(alice_client)}, follow=True)
    assert "Docs Agent is yours" in text(response)
    assert Person.objects.get(id=alice_person.id).time_zone == kept


@pytest.mark.requirement("BUY-08")
def test_the_cart_survives_logging_in_elsewhere(client: Client, docs_agent, alice_person: Person, workspace) -> None:
    client.get(f"{PAGE}?plan=starter&cycle=yearly")
    key = key_of(client)
    client.force_login(alice_person)
    page = text(client.get(PAGE))
    assert "Complete purchase · $290" in page
    assert "Alicé" in page
    assert "Auto: Halyard Freight" in page
    assert key_of(client) == key


@pytest.mark.requirement("BUY-08")
def test_logging_in_inside_the_page_comes_back_to_it(client: Client, docs_agent) -> None:
    client.post("/accounts/signup/", {"name": "Zoé", "email": "zoe@marchetti.example", "password1": NEW["password"]})
    client.post("/accounts/logout/")
    entered = NEW | {"account": "returning", "do": "log-in", "plan": "starter", "cycle": "monthly"}
    page = text(client.post(PAGE, entered, follow=True))
    assert "zoe@marchetti.example" in page
    assert "Complete purchase · $29" in page


@pytest.mark.requirement("BUY-08", "UX-02")
def test_the_tick_of_the_terms_outlives_a_session_that_ended_and_logging_in_again(client: Client, docs_agent) -> None:
    client.post("/accounts/signup/", {"name": "Zoé", "email": "zoe@marchetti.example", "password1": NEW["password"]})
    key = key_of(client)
    client.cookies.clear()
    assert is_ticked(client.post(PAGE, PAID | {"key": key}))
    log_in = PAID | NEW | {"account": "returning", "do": "log-in"}
    assert is_ticked(client.post(PAGE, log_in, follow=True))
    assert is_ticked(client.get(PAGE))
    client.post(PAGE, {"do": "update", "plan": "starter", "mode": "pay"}, headers={"HX-Request": "true"})
    assert is_ticked(client.get(PAGE))
    client.post(PAGE, {"do": "update", "plan": "starter", "mode": "pay"})
    assert not is_ticked(client.get(PAGE))


@pytest.mark.requirement("UX-02", "SEC-01")
def test_a_form_whose_cookies_were_lost_comes_back_filled_in_and_buys_nothing(docs_agent, alice_person: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    entered = NEW | PAID | {"key": key_of(client), "organisation_name": "Marchetti", "csrfmiddlewaretoken": "of a lost cookie"}
    foreign = client.post(PAGE, entered, headers={"Referer": "https://evil.example/"})
    assert (foreign.status_code, "Marchetti" in text(foreign)) == (403, False)
    client.cookies.clear()
    ours = {"Referer": f"http://testserver{PAGE}"}
    response = client.post(PAGE, entered, headers=ours)
    assert response.status_code == 403
    for words in (
        "Your browser had lost the cookies of this page, so nothing was bought.",
        "Marchetti",
        "Complete purchase · $990",
    ):
        assert words in text(response), words
    assert 'value="Zoé Marchetti"' in response.content.decode()
    assert is_ticked(response)
    assert not Order.objects.exists()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', response.content.decode()).group(1)
    bought = client.post(
        PAGE, entered | {"csrfmiddlewaretoken": token}, headers={"Referer": f"http://testserver{PAGE}"}, follow=True
    )
    assert "Docs Agent is yours" in text(bought)


@pytest.mark.requirement("UX-02")
def test_what_is_missing_is_said_at_once_and_everything_entered_is_kept(client: Client, docs_agent) -> None:
    entered = (
        NEW | PAID | {"key": key_of(client), "email": "not an address", "new_card_token": "", "organisation_name": "Marchetti"}
    )
    del entered["terms"]
    response = client.post(PAGE, entered)
    page = text(response)
    assert response.status_code == 422
    for words in ("No card was given.", "Please agree to the terms first.", "valid email address", "Marchetti", "$990"):
        assert words in page, words
    assert 'value="Zoé Marchetti"' in response.content.decode()
    assert not Person.objects.exists()
    assert not Order.objects.exists()


@pytest.mark.requirement("UX-02", "BUY-08")
def test_a_weak_password_is_said_with_everything_else_and_each_error_leads_to_its_field(client: Client, docs_agent) -> None:
    entered = NEW | PAID | {"key": key_of(client), "email": "helena@quinta", "password": "1234567", "new_card_token": ""}
    page = client.post(PAGE, entered).content.decode()
    summary = page.split('id="errors"')[1].split("</div></div>")[0]
    for field, words in (("id_email", "valid email"), ("id_password", "at least 10 characters"), ("c-card", "No card was given")):
        assert re.search(f'href="#{field}">[^<]*{words}', summary), words
        assert f'id="{field}"' in page
    assert 'aria-invalid="true"' in re.search(r'<input type="password"[^>]*>', page).group(0)


@pytest.mark.requirement("UX-02", "BUY-08")
def test_a_wrong_password_is_about_the_log_in_not_about_the_order(client: Client, docs_agent) -> None:
    told = text(client.post(PAGE, NEW | {"account": "returning", "do": "log-in", "key": key_of(client)}))
    assert "You are not logged in yet This e-mail address and password do not belong together." in told
    assert "Your order is not complete" not in told


@pytest.mark.requirement("UX-02", "BUY-07")
def test_a_script_that_stays_on_the_page_is_told_where_to_go_or_what_is_wrong(alice_client: Client, docs_agent) -> None:
    stays = {"X-Stays": "yes"}
    assert alice_client.post(PAGE, {"key": key_of(alice_client)}, headers=stays).status_code == 422
    bought = alice_client.post(PAGE, PAID | {"key": key_of(alice_client), "new_card_token": "tok_3ds"}, headers=stays)
    assert (bought.status_code, bought.headers["X-Onward"][:13]) == (204, "/sandbox/3ds/")


@pytest.mark.requirement("REL-01", "BUY-07")
def test_sending_the_form_twice_buys_once_even_while_registering(docs_agent) -> None:
    first, second = Client(), Client()
    key = key_of(first)
    second.cookies = first.cookies.copy()
    one = first.post(PAGE, NEW | PAID | {"key": key})
    two = second.post(PAGE, NEW | PAID | {"key": key})
    assert one.url == two.url
    assert Order.objects.count() == Payment.objects.count() == 1


@pytest.mark.requirement("BUY-10", "UX-02")
def test_a_declined_card_says_so_and_another_card_pays_the_same_order(alice_client: Client, docs_agent) -> None:
    declined = PAID | {"new_card_token": "tok_declined", "key": key_of(alice_client)}
    page = text(alice_client.post(PAGE, declined, follow=True))
    assert "Your bank declined the card. Nothing was charged." in page
    assert "Pay · $990" in page
    order = Order.objects.get()
    page = text(alice_client.post(f"/orders/{order.id}/pay/", {"method": "card", "new_card_token": "tok_visa"}, follow=True))
    assert "Docs Agent is yours" in page
    assert Order.objects.count() == 1


@pytest.mark.requirement("BUY-10")
def test_three_d_secure_leads_to_the_bank_and_back_to_an_order_that_waits(
    alice_client: Client, docs_agent, drain: Callable[..., int], now
) -> None:
    response = alice_client.post(PAGE, PAID | {"new_card_token": "tok_3ds", "key": key_of(alice_client)})
    bank = response.url
    order = Order.objects.get()
    assert "Confirm $990 now" in text(alice_client.get(f"/orders/{order.id}/"))
    alice_client.post(bank, {"answer": "approve"})
    drain(Payment.objects.get().created_at + timedelta(minutes=5))
    assert "Docs Agent is yours" in text(alice_client.get(f"/orders/{order.id}/"))
    assert alice_client.get(f"/orders/{order.id}/state/?was=requires_action").headers["HX-Refresh"] == "true"


@pytest.mark.requirement("REL-01", "BUY-10")
def test_who_comes_back_from_the_bank_is_told_where_the_payment_stands_and_cannot_begin_it_twice(
    alice_client: Client, docs_agent, drain: Callable[..., int]
) -> None:
    other_tab = key_of(alice_client)
    bank = alice_client.post(PAGE, PAID | {"new_card_token": "tok_3ds", "key": other_tab}).url
    order = Order.objects.get()
    page = text(alice_client.get(PAGE))
    assert "You have begun to pay for this" in page
    assert f"Order {order.number} waits for you: your bank asks you to confirm $990." in page
    for again in (
        {"key": key_of(alice_client)},
        {"key": other_tab},
        {"key": other_tab, "plan": "starter"},
        {"key": "a tab from before", "new_card_token": "tok_3ds"},
    ):
        assert alice_client.post(PAGE, PAID | again).url == f"/orders/{order.id}/", again
    assert Order.objects.count() == Payment.objects.count() == 1
    assert "Cancel this payment" in text(alice_client.get(f"/orders/{order.id}/"))
    alice_client.post(bank, {"answer": "approve"})
    drain(Payment.objects.get().created_at + timedelta(minutes=5))
    assert "Docs Agent is yours" in text(alice_client.get(f"/orders/{order.id}/"))
    assert "You have begun" not in text(alice_client.get(PAGE))


@pytest.mark.requirement("BUY-10", "UX-02")
def test_a_payment_that_waits_for_the_buyer_is_cancelled_and_the_order_paid_otherwise(
    alice_client: Client, bob_client: Client, charlie_client: Client, docs_agent, drain: Callable[..., int]
) -> None:
    bank = alice_client.post(PAGE, PAID | {"new_card_token": "tok_3ds", "key": key_of(alice_client)}).url
    order = Order.objects.get()
    assert charlie_client.post(f"/orders/{order.id}/cancel/").status_code == 404
    assert bob_client.post(f"/orders/{order.id}/cancel/").status_code == 403
    for _ in range(2):
        assert "The payment was cancelled. Nothing was charged." in text(
            alice_client.post(f"/orders/{order.id}/cancel/", follow=True)
        )
    drain(utcnow())
    assert "was not paid" not in text(alice_client.get("/notifications/")), "who cancelled it knows"
    alice_client.post(bank, {"answer": "approve"})
    paid = alice_client.post(f"/orders/{order.id}/pay/", {"method": "card", "new_card_token": "tok_visa"}, follow=True)
    assert "Docs Agent is yours" in text(paid)
    assert "already been answered" in text(alice_client.get(bank))
    assert list(Payment.objects.order_by("id").values_list("state", flat=True)) == ["failed", "succeeded"]
    assert Order.objects.count() == 1


@pytest.mark.requirement("BUY-07")
def test_a_choice_updates_the_summary_and_the_button_without_a_reload(alice_client: Client, docs_agent) -> None:
    response = alice_client.post(
        PAGE, {"do": "update", "plan": "starter", "cycle": "yearly", "mode": "pay"}, headers={"HX-Request": "true"}
    )
    assert "Complete purchase · $290" in text(response)
    assert "<html" not in response.content.decode()
    by_request = {"do": "update", "plan": "enterprise", "mode": "pay"}
    redirected = alice_client.post(PAGE, by_request, headers={"HX-Request": "true"})
    assert redirected.headers["HX-Redirect"] == PAGE


def test_without_scripts_the_update_button_shows_the_new_amount(alice_client: Client, docs_agent) -> None:
    page = text(alice_client.post(PAGE, {"do": "update", "plan": "starter", "cycle": "monthly"}))
    assert "Complete purchase · $29" in page


def test_a_plan_by_request_is_asked_for_and_the_provider_gets_mail(client: Client, docs_agent, drain: Callable[..., int]) -> None:
    entered = {"do": "ask", "plan": "enterprise", "name": "Zoé", "email": "zoe@marchetti.example", "message": "50,000 calls"}
    response = client.post(PAGE, entered | {"key": key_of(client)}, follow=True)
    assert "on its way" in text(response)
    drain(utcnow())
    assert QuoteRequest.objects.count() == 1
    assert "50,000 calls" in MailMessage.objects.get(subject__startswith="Request").text


@pytest.mark.requirement("BUY-22")
def test_a_bundle_is_bought_on_one_page(alice_client: Client, bundle: str) -> None:
    page = f"/checkout/bundles/{bundle}/"
    assert "Complete purchase · $108.80" in text(alice_client.get(page))
    done = text(alice_client.post(page, PAID | {"key": key_of(alice_client, page)}, follow=True))
    assert "Set up Docs Agent" in done
    assert "Set up Voice Agent" in done


@pytest.mark.requirement("BUY-07")
@pytest.mark.parametrize(
    ("plan", "cycle", "words"),
    [
        ("pro", "yearly", "$990 today, then $990 each year, next on"),
        ("starter", "monthly", "$29 today, then $29 each month, next on"),
    ],
)
def test_what_is_charged_again_and_when_stands_beside_the_button(
    client: Client, docs_agent, plan: str, cycle: str, words: str
) -> None:
    assert words in text(client.get(f"{PAGE}?plan={plan}&cycle={cycle}"))


@pytest.mark.requirement("BUY-07", "BUY-21")
@pytest.mark.usefixtures("docs_agent", "odd_agent")
@pytest.mark.parametrize(
    ("account", "page", "words"),
    [
        ("IBAN DE02", "docs-agent/?plan=pro&cycle=yearly", "Pay $990 by bank transfer, by {day}; then $990 each year, next on"),
        ("IBAN DE02", "odd-agent/?plan=forever", "Nothing is due today. Pay $199 by bank transfer, by {day}."),
        ("", "odd-agent/?plan=forever", "Nothing is due today, and no transfer is expected"),
    ],
)
def test_what_an_invoice_asks_for_and_when_stands_beside_the_button(
    client: Client, settings, account: str, page: str, words: str
) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, bank_account=account)
    day = f"{utcnow() + timedelta(days=14):%-d %B %Y}"
    shown = text(client.get(f"/checkout/{page}"))
    assert words.format(day=day) in shown
    assert ("Due by" in shown) is bool(account)
