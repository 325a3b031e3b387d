"""Where providers reach us and where the sandbox's bank asks the buyer; what is told there is applied by jobs, never here."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, anonymous_ok, signed_in
from emporion.kernel.clock import utcnow
from emporion.kernel.money import Money
from emporion.payments import inbox, queries
from emporion.payments.providers import sandbox
from emporion.payments.providers.protocol import Delivery
from emporion.payments.providers.sandbox_cards import Answer
from emporion.payments.rules import answered
from emporion.plumbing.types import Permission


@signed_in
def state(request: ActorRequest, payment_id: UUID) -> HttpResponse:
    """Asked every two seconds while credit is being bought; loads the page anew when there is news."""
    request.actor.require(Permission.MANAGE_BILLING)
    response = HttpResponse(status=204)
    if queries.payment(request.actor, payment_id).state != request.GET.get("was"):
        response = HttpResponse()
        response["HX-Refresh"] = "true"
    return response


@csrf_exempt
@require_POST
@anonymous_ok
def webhook(request: HttpRequest, provider: str) -> HttpResponse:
    """Take in what a provider tells us."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    inbox.receive_webhook(provider=provider, delivery=Delivery(headers=headers, body=request.body), now=utcnow())
    return JsonResponse({"received": True})


@require_http_methods(["GET", "POST"])
@anonymous_ok
def challenge(request: HttpRequest, ref: str) -> HttpResponse:
    """The hosted 3-D Secure page of the sandbox's bank; only the buyer was given its address."""
    charge = sandbox.challenge(ref)
    answer = request.POST.get("answer", "")
    if answer in {Answer.SUCCEED, Answer.DECLINE}:
        charge = sandbox.answer_challenge(ref, Answer(answer), now=utcnow())
    if answer:
        return redirect(charge.return_url if charge.status == "requires_action" else answered(charge.return_url))
    page = {
        "charge": charge,
        "amount": Money(charge.amount_minor, charge.currency),
        "is_open": charge.status == "requires_action",
    }
    return render(request, "payments/challenge.html", page)
