"""Pages of prices: one's own, both lists side by side, what is in force, and the corrections of stored costs."""

from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.gateway.pricing import actions
from emporion.gateway.pricing.queries import corrections_of, prices_of
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import Invalid
from emporion.nexus.costs.forms import PriceForm, RepriceForm, first_of_month
from emporion.nexus.costs.pricing import correction_row, own_row, price_table
from emporion.nexus.costs.views import project_of
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.types import Permission


@require_http_methods(["GET", "POST"])
@signed_in
def prices(request: ActorRequest) -> HttpResponse:
    """Own prices, and what both lists say of the models that were called; POST sets an own price."""
    now = utcnow()
    form = PriceForm(request.POST or None, initial={"valid_from": first_of_month(now), **_named(request)})
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.set_price(price=form.price(), actor=request.actor, now=now)
        except Invalid as error:
            form.add_error(_field(form, error), f"{error.message} {error.step}")
        else:
            messages.success(request, _("The price holds for calls from now on."))
            return redirect(f"{reverse('nexus_costs:prices')}?{urlencode({'set': str(made.id)})}")
    return _page(request, price_form=form, status=422 if form.errors else 200)


@require_POST
@signed_in
def remove(request: ActorRequest, price_id: UUID) -> HttpResponse:
    """Take an own price away; it can be brought back."""
    actions.remove_price(price_id=price_id, actor=request.actor, now=utcnow())
    return redirect(f"{reverse('nexus_costs:prices')}?{urlencode({'removed': str(price_id)})}")


@require_POST
@signed_in
def restore(request: ActorRequest, price_id: UUID) -> HttpResponse:
    """Bring an own price back."""
    actions.restore_price(price_id=price_id, actor=request.actor, now=utcnow())
    messages.success(request, _("The price is back."))
    return redirect("nexus_costs:prices")


@require_POST
@signed_in
def reprice(request: ActorRequest) -> HttpResponse:
    """Price stored calls again, by the prices as they are now."""
    form = RepriceForm(request.POST)
    if not form.is_valid():
        return _page(request, reprice_form=form, status=422)
    try:
        actions.reprice(correction=form.correction(), project_id=project_of(request), actor=request.actor, now=utcnow())
    except Invalid as error:
        form.add_error(_field(form, error), f"{error.message} {error.step}")
        return _page(request, reprice_form=form, status=422)
    messages.success(request, _("The calls are being priced again. What changes is listed here."))
    return redirect(f"{reverse('nexus_costs:prices')}#corrections")


def _page(
    request: ActorRequest, *, price_form: PriceForm | None = None, reprice_form: RepriceForm | None = None, status: int = 200
) -> HttpResponse:
    now, project_id = utcnow(), project_of(request)
    own = prices_of(request.actor, now=now)
    just_set = next((one for one in own if str(one.id) == request.GET.get("set")), None)
    corrections = corrections_of(request.actor, project_id)
    initial: dict[str, object] = {"since": first_of_month(now), "until": now.date()}
    if just_set and just_set.price.valid_from < now - timedelta(days=1):
        initial |= {"since": just_set.price.valid_from.date(), "reason": just_set.price.note or _("A price was entered late.")}
        initial["repriced_model"] = just_set.price.model
    context = {
        "table": price_table(request.actor, project_id, now=now),
        "own": [own_row(one) for one in own],
        "corrections": [correction_row(one) for one in corrections],
        "is_working": any(one.finished_at is None for one in corrections),
        "form": price_form or PriceForm(initial={"valid_from": first_of_month(now), **_named(request)}),
        "reprice_form": reprice_form or RepriceForm(initial=initial),
        "is_late": just_set is not None and just_set.price.valid_from < now - timedelta(days=1),
        "removed": uuid_of(request.GET.get("removed", "")),
        "may_set": request.actor.may(Permission.MANAGE_PROJECTS),
    }
    return render(request, "nexus_costs/prices.html", context, status=status)


def _named(request: ActorRequest) -> dict[str, str]:
    """The model that the person came from, already filled in."""
    return {name: request.GET[name][:120] for name in ("provider", "model") if request.GET.get(name)}


def _field(form: PriceForm | RepriceForm, error: Invalid) -> str | None:
    field = str(error.facts.get("field", ""))
    return field if field in form.fields else None
