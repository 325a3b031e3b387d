"""Where the ways in are connected, and where Stripe's webhooks arrive; what is told there is applied by a job, never here."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from emporion.accounts.access import ActorRequest, anonymous_ok, signed_in
from emporion.insights.revenue import actions, inbox, queries, stripe_objects
from emporion.insights.revenue.forms import KeyForm, SecretForm
from emporion.insights.revenue.types import ConnectionKind, ConnectionView, Source
from emporion.insights.sites import queries as sites
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import DomainError
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.types import Permission

HERE = "insights_revenue:connect"


@csrf_exempt
@require_POST
@anonymous_ok
def stripe_webhook(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """Take in what Stripe tells a connection."""
    header = request.headers.get("Stripe-Signature", "")
    inbox.receive(connection_id=connection_id, header=header, body=request.body, now=utcnow())
    return JsonResponse({"received": True})


@require_GET
@signed_in
def connect(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """The ways in, how each stands, and what it takes to open another."""
    sites.site_of(request.actor, site_id)
    return _page(request, site_id)


@require_POST
@signed_in
def act(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """Open, try or close a way in."""
    site = sites.site_of(request.actor, site_id)
    request.actor.require(Permission.CONFIGURE, site.project_id)
    try:
        return _done(request, site_id)
    except DomainError as error:
        if error.kind in {"not-found", "denied"}:
            raise
        return _page(request, site_id, refused=error)


def _done(request: ActorRequest, site_id: UUID) -> HttpResponse:
    said, actor, now = request.POST, request.actor, utcnow()
    connection_id = uuid_of(said.get("connection", ""))
    match said.get("do"), connection_id:
        case "webhook", None:
            _view, made = actions.connect_webhook(site_id=site_id, secret=said.get("secret", ""), actor=actor, now=now)
            messages.success(request, _("The endpoint is open. Add its address in Stripe."))
            return _page(request, site_id, made=made) if made else redirect(HERE, site_id)
        case "key", None:
            actions.connect_stripe_key(site_id=site_id, key=said.get("key", ""), actor=actor, now=now)
            messages.success(request, _("Connected. The last 90 days are being read."))
        case "marketplace", None:
            actions.connect_marketplace(site_id=site_id, actor=actor, now=now)
            messages.success(request, _("Sales in the marketplace count here from now on."))
        case "secret", UUID():
            actions.change_secret(connection_id=connection_id, secret=said.get("secret", ""), actor=actor, now=now)
            messages.success(request, _("The new signing secret is in use."))
        case "test", UUID():
            actions.send_test_event(connection_id=connection_id, actor=actor, now=now)
            messages.success(request, _("A signed test event was sent and accepted."))
        case "sync", UUID():
            actions.ask_now(connection_id=connection_id, actor=actor, now=now)
            messages.success(request, _("Stripe is being asked."))
        case "disconnect", UUID():
            actions.disconnect(connection_id=connection_id, actor=actor, now=now)
            messages.success(request, _("Disconnected. Its payments stay."))
        case _:
            pass
    return redirect(HERE, site_id)


def _page(request: ActorRequest, site_id: UUID, *, made: str = "", refused: DomainError | None = None) -> HttpResponse:
    site = sites.site_of(request.actor, site_id)
    found: dict[ConnectionKind, ConnectionView] = {one.kind: one for one in queries.connections_of(request.actor, site_id)}
    webhook = found.get(ConnectionKind.STRIPE_WEBHOOK)
    context = {
        "site": site,
        "webhook": webhook,
        "webhook_url": settings.SITE_URL + reverse("insights_revenue:stripe_webhook", args=[webhook.id]) if webhook else "",
        "events": ", ".join(stripe_objects.EVENTS),
        "key": found.get(ConnectionKind.STRIPE_KEY),
        "marketplace": found.get(ConnectionKind.MARKETPLACE),
        "secret_form": SecretForm(prefix=None),
        "key_form": KeyForm(),
        "made": made,
        "refused": refused,
        "api_at": next(iter(queries.last_reports(request.actor, site_id, Source.API)), None),
        "script_at": next(iter(queries.last_reports(request.actor, site_id, Source.SCRIPT)), None),
        "snippet": SNIPPET,
        "api_example": API_EXAMPLE % {"url": settings.SITE_URL},
        "script_example": SCRIPT_EXAMPLE,
        "may_configure": request.actor.may(Permission.CONFIGURE, site.project_id),
    }
    return render(request, "insights_revenue/connect.html", context, status=422 if refused else 200)


SNIPPET = """stripe.checkout.sessions.create({
  // …
  metadata: {
    datafast_visitor_id: cookies.datafast_visitor_id,
    datafast_session_id: cookies.datafast_session_id,
  },
})"""
API_EXAMPLE = """curl -X POST %(url)s/api/v1/payments \\
  -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
  -d '{"transaction_id": "order-1042", "amount": 99.00, "currency": "USD",
       "datafast_visitor_id": "…", "email": "maya@northwind.example"}'"""
SCRIPT_EXAMPLE = """datafast("payment", { email: "maya@northwind.example", stripe_session_id: "cs_…" })"""
