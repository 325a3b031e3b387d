"""What people who are signed in do here: review, reply, remember."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.kernel.clock import utcnow
from emporion.market import actions, forms, queries
from emporion.market.shelves import reviews_frame
from emporion.market.types import ReviewDraft
from emporion.plumbing.access import browsable


@browsable
def reviews(request: ActorRequest, slug: str) -> HttpResponse:
    """All reviews of an offering; purchasers write theirs here."""
    if request.method == "POST":
        return write_review(request, slug)
    return render(request, "market/reviews.html", {"frame": reviews_frame(slug, None, request.actor)})


def write_review(request: ActorRequest, slug: str) -> HttpResponse:
    """Save one's review, or show the form again with what was typed."""
    form = forms.ReviewForm(request.POST)
    if not form.is_valid():
        return render(request, "market/reviews.html", {"frame": reviews_frame(slug, form, request.actor)}, status=422)
    draft = ReviewDraft(rating=form.cleaned_data["rating"], title=form.cleaned_data["title"], text=form.cleaned_data["text"])
    actions.write_review(slug=slug, draft=draft, actor=request.actor, now=utcnow())
    messages.success(request, _("Your review is published."))
    return redirect(f"{reverse('market:reviews', args=[slug])}#mine")


@require_POST
@signed_in
def remove_review(request: ActorRequest, slug: str) -> HttpResponse:
    """Take back one's review."""
    actions.remove_review(slug=slug, actor=request.actor)
    messages.success(request, _("Your review is removed."))
    return redirect("market:reviews", slug)


@require_POST
@signed_in
def reply(request: ActorRequest, slug: str, review_id: UUID) -> HttpResponse:
    """Answer a review as its provider."""
    form = forms.ReplyForm(request.POST)
    if form.is_valid():
        actions.reply_to_review(review_id=review_id, text=form.cleaned_data["text"], actor=request.actor, now=utcnow())
    return redirect(f"{reverse('market:reviews', args=[slug])}#review-{review_id}")


@signed_in
def favourites(request: ActorRequest) -> HttpResponse:
    """What this person marked."""
    return render(request, "market/favourites.html", {"cards": queries.favourites_of(actor=request.actor)})


@require_POST
@signed_in
def favourite(request: ActorRequest, slug: str) -> HttpResponse:
    """Mark an offering, or unmark it when `remove` is sent."""
    if request.POST.get("remove"):
        actions.remove_favourite(slug=slug, actor=request.actor)
    else:
        actions.add_favourite(slug=slug, actor=request.actor, now=utcnow())
    if is_fragment(request):
        marked = not request.POST.get("remove")
        return render(request, "market/favourite_button.html", {"slug": slug, "is_favourite": marked, "is_person": True})
    return redirect("market:offering", slug)


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a piece of the page."""
    return bool(getattr(request, "htmx", None))
