"""The pages that anyone may look through: the marketplace, an offering, comparisons, bundles, providers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.http import replace_url

from emporion.accounts.access import ActorRequest
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import NotFound
from emporion.market import answering, forms, queries
from emporion.market.shelves import bundle_frame, compare_frame, offering_frame
from emporion.plumbing.access import browsable


@browsable
def marketplace(request: ActorRequest) -> HttpResponse:
    """Everything on sale, searched and filtered; a fragment of it for htmx."""
    if _wants_fragment(request):
        found = answering.fragment(request.GET, request.actor)
        return replace_url(HttpResponse(found.body), found.address)
    return render(request, "market/marketplace.html", {"shop": answering.page(request.GET, request.actor).body})


@browsable
def offering(request: ActorRequest, slug: str) -> HttpResponse:
    """One offering; for a name that is not on sale, what may have been meant."""
    try:
        page = queries.offering_page(slug=slug, actor=request.actor)
    except NotFound:
        return _missing(request, slug)
    frame = offering_frame(page, request.GET.get("plan", ""), request.GET.get("cycle", ""), request.actor)
    return render(request, "market/offering.html", {"frame": frame})


@browsable
def panel(request: ActorRequest, slug: str) -> HttpResponse:
    """The purchase panel alone, when another plan or cycle is chosen."""
    page = queries.offering_page(slug=slug, actor=request.actor)
    frame = offering_frame(page, request.GET.get("plan", ""), request.GET.get("cycle", ""), request.actor)
    return render(request, "market/panel_change.html", {"frame": frame})


@browsable
def compare(request: ActorRequest) -> HttpResponse:
    """Two to four offerings side by side."""
    slugs = forms.compared_in(request.GET)
    pages = queries.offering_pages(slugs=slugs, actor=request.actor)
    return render(request, "market/compare.html", {"frame": compare_frame(pages, request.actor)})


@browsable
def bundles(request: ActorRequest) -> HttpResponse:
    """All bundles."""
    frames = [bundle_frame(page) for page in queries.bundles(actor=request.actor, now=utcnow())]
    return render(request, "market/bundles.html", {"bundles": frames})


@browsable
def bundle(request: ActorRequest, slug: str) -> HttpResponse:
    """One bundle."""
    page = queries.bundle_page(slug=slug, actor=request.actor, now=utcnow())
    return render(request, "market/bundle.html", {"frame": bundle_frame(page)})


@browsable
def provider(request: ActorRequest, slug: str) -> HttpResponse:
    """Who sells here, with everything they sell."""
    page = queries.provider_page(slug=slug, actor=request.actor)
    cards = queries.cards_by(provider=slug, actor=request.actor)
    return render(request, "market/provider.html", {"provider": page, "cards": cards})


def _wants_fragment(request: HttpRequest) -> bool:
    htmx = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def _missing(request: ActorRequest, slug: str) -> HttpResponse:
    cards = queries.suggestions_for(text=slug, actor=request.actor)
    return render(request, "market/missing.html", {"slug": slug, "cards": cards}, status=404)
