"""Puts together what each page shows, as explicit inputs for its template."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from emporion.kernel.clock import utcnow
from emporion.market import forms, presenting, queries
from emporion.market.manifest import Category
from emporion.market.presenting import CompareRow, Panel
from emporion.market.types import (
    BundlePage,
    Facet,
    Filters,
    OfferingCard,
    OfferingPage,
    ReviewView,
    SearchPage,
    Sort,
)
from emporion.plumbing.types import Actor, ActorKind
from emporion.ui.types import Crumb, Option, PlanCard
from emporion.ui.wording import money


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A category as the shortcut under the search shows it."""

    category: Category
    label: str
    line: str
    icon: str
    url: str
    current: bool
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A filter that is on, and the address without it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLink:
    """A page of the results."""

    label: str
    url: str
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopHead:
    """The search band and the categories above the results."""

    text: str
    catalogue_size: int
    tries: tuple[str, ...]
    kinds: tuple[Kind, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopFrame:
    """The results of a search with what stands around them; the same for everybody."""

    results: SearchPage
    chips: tuple[Chip, ...]
    sorts: tuple[Option, ...]
    links: tuple[PageLink, ...]
    compared: tuple[OfferingCard, ...]
    hidden: tuple[str, ...]
    shown: frozenset[str]
    first: int
    last: int
    nothing: "Nothing | None"

    @property
    def slots_left(self) -> int:
        """How many more can be laid aside."""
        return forms.MAX_COMPARED - len(self.compared)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """What stands in the place of results where there are none: what has the words without the filters, or what is used most."""

    text: str
    nearest: tuple[OfferingCard, ...]
    most_used: tuple[OfferingCard, ...]
    kinds: tuple[Kind, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferingFrame:
    """The page of an offering."""

    page: OfferingPage
    word: str
    crumbs: tuple[Crumb, ...]
    panel: Panel
    plans: tuple[PlanCard, ...]
    has_yearly: bool
    cycle: str
    reviews: tuple[ReviewView, ...]
    similar: tuple[OfferingCard, ...]
    bundles: "tuple[BundleFrame, ...]"
    is_favourite: bool
    is_person: bool
    compare_url: str
    demo_url: str

    @property
    def begins_with_pictures(self) -> bool:
        """Whether pictures stand at the top, where otherwise the demo does: it shows more than they."""
        return bool(self.page.pictures) and not self.demo_url


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFrame:
    """A bundle with its amounts in words."""

    page: BundlePage
    total: str
    gross: str
    saving: str
    per: str
    url: str
    buy_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareColumn:
    """One offering of a comparison, and the address without it."""

    page: OfferingPage
    without_url: str
    buy_url: str
    button: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareFrame:
    """A comparison; with fewer than two columns the page says how to make one."""

    columns: tuple[CompareColumn, ...]
    rows: tuple[CompareRow, ...]
    add_url: str
    suggestions: tuple[OfferingCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewsFrame:
    """All reviews of an offering."""

    page: OfferingPage
    crumbs: tuple[Crumb, ...]
    reviews: tuple[ReviewView, ...]
    mine: ReviewView | None
    form: forms.ReviewForm
    may_review: bool
    may_reply: bool
    is_person: bool


def shop_head(filters: Filters) -> ShopHead:
    """What stands above the results."""
    tries = (_("answer from our documents"), _("watch a website"), _("restaurant"), _("python"))
    return ShopHead(text=filters.text, catalogue_size=queries.catalogue_size(), tries=tries, kinds=_kinds(filters))


def shop_frame(filters: Filters, compared: tuple[str, ...], actor: Actor) -> ShopFrame:
    """The marketplace for what somebody looks for."""
    results = queries.search(filters=filters, actor=actor)
    laid_aside = queries.cards_of(slugs=compared, actor=actor)
    path, shown = reverse("market:marketplace"), {card.slug for card in results.cards}
    aside = tuple(card.slug for card in laid_aside)
    return ShopFrame(
        results=results,
        chips=_chips(results, path, aside),
        sorts=_sorts(filters),
        links=_links(results, path, aside),
        compared=laid_aside,
        hidden=tuple(slug for slug in aside if slug not in shown),
        shown=frozenset(aside),
        first=(filters.page - 1) * results.page_size + 1 if results.cards else 0,
        last=(filters.page - 1) * results.page_size + len(results.cards),
        nothing=None if results.total else _nothing(filters, actor),
    )


def _nothing(filters: Filters, actor: Actor) -> Nothing:
    nearest = queries.nearest_to(text=filters.text, actor=actor)
    counts = queries.category_counts()
    return Nothing(
        text=filters.text.strip(),
        nearest=nearest,
        most_used=() if nearest else queries.most_used(actor=actor),
        kinds=tuple(replace(kind, count=counts[kind.category]) for kind in _kinds(Filters()) if kind.category in counts),
    )


def offering_frame(page: OfferingPage, plan: str, cycle: str, actor: Actor) -> OfferingFrame:
    """The page of an offering with a plan and cycle chosen; monthly, as its price is announced, unless yearly was asked for."""
    one, many = queries.category_words()[page.card.category]
    panel = presenting.panel(page, plan, cycle or "monthly")
    slug = page.card.slug
    similar = queries.similar_to(slug=slug, actor=actor)
    category = forms.address_of(
        reverse("market:marketplace"), Filters(values={Facet.CATEGORY: frozenset({page.card.category.value})})
    )
    return OfferingFrame(
        page=page,
        word=one,
        crumbs=(
            Crumb(label=_("Marketplace"), url=reverse("market:marketplace")),
            Crumb(label=many, url=category),
            Crumb(label=page.card.name),
        ),
        panel=panel,
        plans=presenting.plan_cards(page, cycle or "monthly", chosen=panel.plan),
        has_yearly=any(one.monthly and one.yearly for one in page.plans),
        cycle=cycle or "monthly",
        reviews=queries.reviews_of(slug=slug, actor=actor, limit=3),
        similar=similar,
        bundles=tuple(bundle_frame(bundle) for bundle in queries.bundles_with(slug=slug, actor=actor, now=utcnow())),
        is_favourite=slug in queries.favourite_slugs(actor=actor),
        is_person=actor.kind is ActorKind.PERSON,
        compare_url=_compare_url([slug, *(card.slug for card in similar[:2])]),
        demo_url=_demo_url(page),
    )


def bundle_frame(page: BundlePage) -> BundleFrame:
    """A bundle with its amounts in words."""
    return BundleFrame(
        page=page,
        total=money(page.total),
        gross=money(page.gross),
        saving=money(page.saving),
        per=_("year") if page.cycle == "yearly" else _("month"),
        url=reverse("market:bundle", args=[page.slug]),
        buy_url=f"/checkout/bundles/{page.slug}/",
    )


def compare_frame(pages: Sequence[OfferingPage], actor: Actor) -> CompareFrame:
    """Two to four offerings side by side."""
    slugs = [page.card.slug for page in pages]
    columns = tuple(
        CompareColumn(
            page=page,
            without_url=_compare_url([slug for slug in slugs if slug != page.card.slug]),
            buy_url=presenting.buy_url(page, page.chosen_plan, "monthly"),
            button=presenting.panel(page, "", "monthly").button,
        )
        for page in pages
    )
    similar = queries.similar_to(slug=slugs[0], actor=actor) if slugs else queries.suggestions_for(text="", actor=actor)
    return CompareFrame(
        columns=columns,
        rows=presenting.comparison(pages) if len(pages) > 1 else (),
        add_url=forms.address_of(reverse("market:marketplace"), Filters(), tuple(slugs)),
        suggestions=tuple(card for card in similar if card.slug not in slugs),
    )


def reviews_frame(slug: str, form: forms.ReviewForm | None, actor: Actor) -> ReviewsFrame:
    """All reviews of an offering, with the form for those who may write one, filled with what they wrote before."""
    page = queries.offering_page(slug=slug, actor=actor)
    reviews = queries.reviews_of(slug=slug, actor=actor)
    mine = next((review for review in reviews if review.is_mine), None)
    initial = {"rating": mine.rating, "title": mine.title, "text": mine.text} if mine else {}
    crumbs = (
        Crumb(label=_("Marketplace"), url=reverse("market:marketplace")),
        Crumb(label=page.card.name, url=reverse("market:offering", args=[slug])),
        Crumb(label=_("Reviews")),
    )
    return ReviewsFrame(
        page=page,
        crumbs=crumbs,
        reviews=reviews,
        mine=mine,
        form=form or forms.ReviewForm(initial=initial),
        may_review=queries.may_review(offering_id=page.card.id, actor=actor),
        may_reply=queries.may_reply(slug=slug, actor=actor),
        is_person=actor.kind is ActorKind.PERSON,
    )


def _kinds(filters: Filters) -> tuple[Kind, ...]:
    lines = {
        Category.AGENTS: (_("Answer and act from what you know"), "bot"),
        Category.APPS: (_("Open with the account you have"), "app-window"),
        Category.ASSISTANTS: (_("Talk with your people and guests"), "message-circle"),
        Category.AUTOMATIONS: (_("Run on a schedule"), "workflow"),
    }
    chosen = filters.chosen(Facet.CATEGORY)
    return tuple(
        Kind(
            category=category,
            label=many,
            line=lines[category][0],
            icon=lines[category][1],
            url=forms.address_of(reverse("market:marketplace"), Filters(values={Facet.CATEGORY: frozenset({category.value})})),
            current=chosen == {category.value},
        )
        for category, (_one, many) in queries.category_words().items()
    )


def _chips(results: SearchPage, path: str, compared: tuple[str, ...]) -> tuple[Chip, ...]:
    filters = results.filters
    chips: list[Chip] = []
    for group in results.groups:
        for value in group.values:
            if value.is_chosen:
                left = {**filters.values, group.facet: filters.chosen(group.facet) - {value.value}}
                address = forms.address_of(path, replace(filters, values=left, page=1), compared)
                chips.append(Chip(label=value.label, url=address))
    if filters.text:
        words = _("“%(text)s”") % {"text": filters.text}
        chips.insert(0, Chip(label=words, url=forms.address_of(path, replace(filters, text="", page=1), compared)))
    return tuple(chips)


def _sorts(filters: Filters) -> tuple[Option, ...]:
    """Without words there is no best match: the first order is then by use, and becomes the best match once somebody types."""
    first = (
        {Sort.RELEVANCE: _("Best match"), Sort.MOST_USED: _("Most used")} if filters.text else {Sort.RELEVANCE: _("Most used")}
    )
    names = first | {Sort.RATING: _("Best rated"), Sort.PRICE: _("Lowest price"), Sort.NEWEST: _("Newest")}
    return tuple(Option(label=name, value=sort.value, current=sort is filters.sort) for sort, name in names.items())


def _links(results: SearchPage, path: str, compared: tuple[str, ...]) -> tuple[PageLink, ...]:
    if results.page_count == 1:
        return ()
    now = results.filters.page
    near = [number for number in range(1, results.page_count + 1) if abs(number - now) <= 2 or number in {1, results.page_count}]
    links = [_link(results, path, compared, number, str(number)) for number in near]
    if now < results.page_count:
        links.append(_link(results, path, compared, now + 1, _("Next")))
    return tuple(links)


def _link(results: SearchPage, path: str, compared: tuple[str, ...], number: int, label: str) -> PageLink:
    url = forms.address_of(path, replace(results.filters, page=number), compared)
    return PageLink(label=label, url=url, current=label.isdigit() and number == results.filters.page)


def _compare_url(slugs: Sequence[str]) -> str:
    return f"{reverse('market:compare')}?{urlencode([('offering', slug) for slug in slugs])}"


def _demo_url(page: OfferingPage) -> str:
    """Where the demo is served; nothing while the runtime has no such page."""
    if not page.card.can_try:
        return ""
    try:
        address: str = reverse("agents_runtime:demo_panel", args=[page.card.slug])
    except NoReverseMatch:
        return ""
    return address
