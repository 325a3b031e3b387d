"""The checkout's one page, for a product or a bundle: choose, say who you are, pay, done."""

from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import urlencode

from allauth.socialaccount.adapter import get_adapter
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from emporion.accounts import queries as people
from emporion.accounts.access import ActorRequest, anonymous_ok, browsable, register_and_sign_in, sign_in_with_password, switch
from emporion.accounts.actions import begin_in_browser_zone, rename_organisation
from emporion.accounts.errors import AddressTaken, CredentialsRefused
from emporion.accounts.types import PersonView, Registration
from emporion.checkout import page, queries
from emporion.checkout.actions import complete_purchase, request_quote
from emporion.checkout.cart import Cart, cart_of, empty, keep, renew
from emporion.checkout.errors import CardMissing, CookiesLost, FormUsed, OrderKeyReused, SignedOut, TermsNotAccepted
from emporion.checkout.forms import AccountForm, AskForm, refuse
from emporion.checkout.parsing import pay_by_of, place_of, uuid_or_none
from emporion.checkout.types import PurchaseRequest, PurchaseResult, QuoteAsk
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import DomainError
from emporion.payments import queries as payments
from emporion.payments.types import Method
from emporion.plumbing.access import shown_again_by
from emporion.plumbing.clients import address_of
from emporion.plumbing.limits import Window, count

FRAGMENTS = "checkout/fragments.html"
PAGE = "checkout/checkout.html"
ACCOUNTS = Window(scope="checkout-account", limit=60, seconds=60)  # as the page for registering has it
QUOTES = Window(scope="checkout-quote", limit=20, seconds=3600)


@dataclass(slots=True, kw_only=True)
class Visit:
    """One look at the checkout: what is sold, who looks, what was entered and what is wrong with it."""

    request: ActorRequest
    cart: Cart
    is_bundle: bool
    subject: page.Subject
    person: PersonView | None
    account: AccountForm | None = None
    ask: AskForm | None = None
    errors: dict[str, str] = field(default_factory=dict)
    is_logging_in: bool = False

    @property
    def is_new(self) -> bool:
        """Whether the buyer says that they have no account."""
        return self.cart.entered.get("account", "new") != "returning"

    def refused(self, error: DomainError) -> None:
        """Keep a refusal for the page, at its field where it names one."""
        for form in (self.account, self.ask):
            if form is not None and form.is_bound and refuse(form, error):
                return
        name = error.facts.get("field")
        self.errors[name if isinstance(name, str) else "page"] = f"{error.message} {error.step}".strip()


def _visit(request: ActorRequest, slug: str, *, is_bundle: bool) -> Visit:
    cart = cart_of(request, f"bundle:{slug}" if is_bundle else slug)
    if request.method == "POST":
        cart.take(request.POST.dict(), is_whole=not getattr(request, "htmx", False))
    else:
        cart.take(request.GET.dict())
    now = utcnow()
    subject = (
        page.subject_of_bundle(slug, now=now) if is_bundle else page.subject_of_product(slug, cart, actor=request.actor, now=now)
    )
    keep(request, cart)  # only of what is sold: made-up names fill no session
    return Visit(request=request, cart=cart, is_bundle=is_bundle, subject=subject, person=people.person_of(request.actor))


def _filled_again(request: ActorRequest, slug: str, *, is_bundle: bool = False) -> HttpResponse:
    visit = _visit(request, slug, is_bundle=is_bundle)
    if not request.actor.is_signed_in and "email" in request.POST:
        visit.account = AccountForm(request.POST, is_new=visit.is_new)
    visit.refused(CookiesLost())
    return _show(visit, status=403)


@shown_again_by(_filled_again)
@never_cache
@browsable
def product(request: ActorRequest, slug: str) -> HttpResponse:
    """Buy one product."""
    return _by_script(request, _answer(_visit(request, slug, is_bundle=False)))


@shown_again_by(partial(_filled_again, is_bundle=True))
@never_cache
@browsable
def bundle(request: ActorRequest, slug: str) -> HttpResponse:
    """Buy a bundle."""
    return _by_script(request, _answer(_visit(request, slug, is_bundle=True)))


def _by_script(request: ActorRequest, response: HttpResponse) -> HttpResponse:
    """Name the next page to a script that sends the form without leaving this one: followed, it could be another site's."""
    if "Location" not in response.headers or "X-Stays" not in request.headers:
        return response
    onward = HttpResponse(status=204)
    onward.cookies, onward["X-Onward"] = response.cookies, response["Location"]
    return onward


def _answer(visit: Visit) -> HttpResponse:
    request = visit.request
    if request.method != "POST":
        form = uuid_or_none(visit.cart.key)
        if form and request.actor.is_signed_in and queries.was_bought_since(request.actor, visit.subject.selection, form=form):
            renew(request, visit.cart)
        return _show(visit)
    _choose_organisation(request)
    match request.POST.get("do") or ("via" if "via" in request.POST else ""):
        case "update":
            return _updated(visit)
        case "via":
            return _by_identity_provider(visit)
        case "log-in":
            return _log_in(visit)
        case "ask":
            return _ask(visit)
        case _:
            return _buy(visit)


def _choose_organisation(request: ActorRequest) -> None:
    """Buy for another organisation of the person; one that is not theirs is ignored."""
    wanted = uuid_or_none(request.POST.get("organisation", ""))
    if wanted is None or wanted == request.actor.organisation_id:
        return
    if wanted in {one.id for one in people.organisations_of(request.actor)}:
        switch(request, organisation_id=wanted, project_id=None)


def _show(visit: Visit, *, template: str = PAGE, status: int = 200) -> HttpResponse:
    request, cart, subject = visit.request, visit.cart, visit.subject
    actor, initial = request.actor, visit.cart.entered
    asked = {"name": visit.person.name, "email": visit.person.email} if visit.person else {}
    context = {
        "visit": visit,
        "subject": subject,
        "cart": cart,
        "person": visit.person,
        "is_new": visit.is_new,
        "account": visit.account or AccountForm(initial=initial, is_new=visit.is_new),
        "ask": visit.ask or AskForm(initial=initial | asked),
        "errors": visit.errors,
        "forms": [form for form in (visit.account, visit.ask) if form is not None],
        "waiting": queries.under_way(actor, subject.selection),
        "held": queries.held(actor, subject.selection, now=utcnow()),
        "place": page.workplace_of(actor, visit.person, cart),
        "options": payments.payment_options(actor, due=subject.due_today, now=utcnow()),
        "card": payments.card_field(actor),
        "method": cart.method,
    }
    return render(request, template, context, status=status)


def _updated(visit: Visit) -> HttpResponse:
    """The parts that a choice changes; a choice that needs another form loads the page anew, with everything kept."""
    if not getattr(visit.request, "htmx", False):
        return _show(visit)
    if visit.request.POST.get("mode") != visit.subject.mode:
        response = HttpResponse()
        response["HX-Redirect"] = visit.request.path
        return response
    return _show(visit, template=FRAGMENTS)


def _by_identity_provider(visit: Visit) -> HttpResponse:
    """Log in with Google, X or single sign-on and come back to this page; 307 keeps the POST that the provider's page wants."""
    request = visit.request
    wanted = request.POST["via"]
    provider = next((one for one in get_adapter(request).list_providers(request) if wanted in {one.id, one.sub_id}), None)
    if provider is None:
        raise Http404
    response = HttpResponseRedirect(provider.get_login_url(request, process="login", next=request.path))
    response.status_code = 307
    return response


def _log_in(visit: Visit) -> HttpResponse:
    visit.cart.entered["account"] = "returning"
    keep(visit.request, visit.cart)
    visit.account, visit.is_logging_in = AccountForm(visit.request.POST, is_new=False), True
    if visit.account.is_valid():
        try:
            return _sign_in(visit, visit.account.cleaned_data)
        except DomainError as error:
            visit.refused(error)
    return _show(visit, status=422)


def _sign_in(visit: Visit, entered: dict[str, str]) -> HttpResponse:
    """Register or log in; a form of a new person that is sent again, with the same password, is that person."""
    count(ACCOUNTS, address_of(visit.request), now=utcnow())
    path, email, password = visit.request.path, entered["email"], entered["password"]
    if not visit.is_new:
        return sign_in_with_password(visit.request, email=email, password=password, next_url=path)
    registration = Registration(name=entered["name"], email=email, password=password, time_zone=entered["time_zone"])
    try:
        response = register_and_sign_in(visit.request, registration=registration, next_url=path)
    except AddressTaken as taken:
        try:
            return sign_in_with_password(visit.request, email=email, password=password, next_url=path)
        except CredentialsRefused:
            raise taken from None
    _name_organisation(visit.request)
    return response


def _name_organisation(request: ActorRequest) -> None:
    """Give the organisation that was just made for a new person the name that they typed."""
    if name := request.POST.get("organisation_name", "").strip():
        rename_organisation(name=name[:120], actor=request.actor, now=utcnow())


def _buy(visit: Visit) -> HttpResponse:
    """Everything that is wrong is said at once; only then is somebody registered, and only then is anything charged."""
    request = visit.request
    if not request.actor.is_signed_in and not {"account", "email", "password"} & request.POST.keys():
        visit.cart.entered["account"] = "returning"
        visit.refused(SignedOut())
        return _show(visit, status=422)
    purchase = _purchase(visit)
    _check(visit, purchase)
    if visit.errors or (visit.account is not None and not visit.account.is_valid()):
        return _show(visit, status=422)
    try:
        if visit.account is not None:
            response = _sign_in(visit, visit.account.cleaned_data)
            if not request.actor.is_signed_in:
                return response  # a second factor comes first; the cart waits
            visit.account = None
        return _complete(visit, purchase)
    except OrderKeyReused:
        renew(request, visit.cart)
        visit.refused(FormUsed())
    except DomainError as error:
        visit.refused(error)
        visit.person = people.person_of(request.actor)
    return _show(visit, status=422)


def _complete(visit: Visit, purchase: PurchaseRequest) -> HttpResponse:
    """Buy, unless the same is being paid for already: then its order says where it stands, and how to go on or cancel it."""
    actor = visit.request.actor
    if begun := queries.under_way(actor, purchase.selection):
        return redirect("checkout:order", order_id=begun.id)
    if form := uuid_or_none(purchase.key):
        purchase = replace(purchase, key=queries.shared_key(actor, purchase.selection, form=form))
    begin_in_browser_zone(time_zone=visit.request.POST.get("time_zone", ""), actor=actor)
    result = complete_purchase(purchase=purchase, actor=actor, now=utcnow())
    empty(visit.request, visit.cart.slug)
    return onward(result)


def _check(visit: Visit, purchase: PurchaseRequest) -> None:
    if not visit.request.actor.is_signed_in:
        visit.account = AccountForm(visit.request.POST, is_new=visit.is_new)
    if visit.subject.needs_payment and purchase.pay_by.method is Method.CARD and not purchase.pay_by.token:
        visit.refused(CardMissing(field="card"))
    if not purchase.has_accepted_terms:
        visit.refused(TermsNotAccepted(field="terms"))


def _purchase(visit: Visit) -> PurchaseRequest:
    values = visit.request.POST.dict()
    return PurchaseRequest(
        key=values.get("key", "")[:60] or visit.cart.key,
        selection=visit.subject.selection,
        pay_by=pay_by_of(values),
        place=place_of(values),
        has_accepted_terms="terms" in values,
        may_be_another="another" in values,
    )


def onward(result: PurchaseResult) -> HttpResponse:
    """Where a buyer goes after paying: to their bank where it asks, else to the order, which says where it stands."""
    if result.action_url:
        return redirect(result.action_url)
    return redirect("checkout:order", order_id=result.order_id)


def _ask(visit: Visit) -> HttpResponse:
    visit.ask = AskForm(visit.request.POST)
    plan = visit.subject.plan
    if plan is None or not visit.ask.is_valid():
        return _show(visit, status=422)
    entered = visit.ask.cleaned_data
    ask = QuoteAsk(
        plan_id=plan.id,
        name=entered["name"],
        email=entered["email"],
        message=entered["message"],
        key=visit.request.POST.get("key", "")[:60] or visit.cart.key,
    )
    try:
        count(QUOTES, address_of(visit.request), now=utcnow())
        request_quote(ask=ask, actor=visit.request.actor, now=utcnow())
    except DomainError as error:
        visit.refused(error)
        return _show(visit, status=422)
    empty(visit.request, visit.cart.slug)
    return redirect(f"{reverse('checkout:asked')}?{urlencode({'to': visit.subject.back_url})}")


@anonymous_ok
def asked(request: HttpRequest) -> HttpResponse:
    """The request for a quote is on its way."""
    back = request.GET.get("to", "")
    return render(request, "checkout/asked.html", {"back_url": back if back.startswith("/marketplace/") else "/marketplace/"})


@anonymous_ok
def terms(request: HttpRequest) -> HttpResponse:
    """The terms that a buyer agrees to."""
    return render(request, "checkout/terms.html", {"title": _("Terms of Service")})
