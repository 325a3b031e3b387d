"""Puts a dashboard together for its own people and for whoever has a link: asks only what the page shows."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Self

from django.http import HttpRequest
from django.urls import is_valid_path, reverse

from emporion.insights.imports.queries import totals_until
from emporion.insights.reports import cards, choices, presenting, queries, rules
from emporion.insights.reports.choices import value_named
from emporion.insights.reports.notes import notes_of, public
from emporion.insights.reports.types import Breakdown, Dimension, Metric, Operator, Page, ReportQuery
from emporion.insights.revenue import queries as revenue
from emporion.insights.sites.types import SiteView
from emporion.kernel.errors import Invalid
from emporion.kernel.money import Money
from emporion.plumbing.types import Actor

PUBLIC = "/insights/shared/"
PLACE = "at"  # the name of a page of a long list in the address: `page` is a dimension
FIRST = Page(limit=9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a request asks, of whom and for whom; `problem` says why the address was read as the usual period."""

    site: SiteView
    actor: Actor
    query: ReportQuery
    address: choices.Address
    now: datetime
    problem: str = ""

    @classmethod
    def of(cls, request: HttpRequest, site: SiteView, actor: Actor, now: datetime) -> Self:
        """Reads the address; what makes no sense in it is named and left out."""
        home = request.path.partition("cards/")[0] if request.path.startswith(PUBLIC) else f"/insights/{site.id}/"
        pairs = tuple((name, value) for name, values in request.GET.lists() for value in values if value)
        address = choices.Address(path=home, pairs=pairs)
        try:
            query = rules.parse(dict(request.GET.lists()), site, now)
        except Invalid as error:
            plain = rules.parse({}, site, now)
            return cls(site=site, actor=actor, query=plain, address=choices.Address(path=home), now=now, problem=error.message)
        return cls(site=site, actor=actor, query=query, address=address, now=now)

    @classmethod
    def on(cls, request: HttpRequest, site: SiteView, actor: Actor, now: datetime) -> Self:
        """The same on a page of its own: what its links change, they change there, from the first rows on."""
        found = cls.of(request, site, actor, now)
        pairs = tuple(pair for pair in found.address.pairs if pair[0] != PLACE)
        return replace(found, address=choices.Address(path=request.path, pairs=pairs))

    def visits(self) -> choices.Address | None:
        """The list of visitors behind the figures, where that page is served and the actor may see people."""
        return _served(self.address, "visitors/") if not self.is_public else None

    def payments(self) -> choices.Address | None:
        """The list of all payments."""
        return _served(self.address, "payments/") if not self.is_public else None

    def money(self) -> choices.Address | None:
        """The list of the payments, and of their shares, that make up the revenue of the figures."""
        return _served(self.address, "money/") if not self.is_public else None

    def export(self, kind: str) -> choices.Address:
        """The rows behind a page as CSV, of the period that the page shows, also where its address names none."""
        named = self.address.get("period") or self.address.get("from")
        address = self.address if named else self.address.to(period=rules.USUAL)
        return address.at(reverse("insights_reports:export-csv", args=[self.site.id, kind]))

    @property
    def is_public(self) -> bool:
        """Whether somebody with a link asks."""
        return self.address.path.startswith(PUBLIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The tiles and the chart."""

    tiles: tuple[presenting.Tile, ...]
    steps: tuple[presenting.Step, ...]
    flags: tuple[presenting.Flag, ...]
    has_before: bool
    is_quiet: bool
    currency: str

    @property
    def last_at(self) -> int:
        """The place of the last step."""
        return max(len(self.steps) - 1, 0)

    @property
    def last(self) -> presenting.Step | None:
        """The step that the reading line begins with: the last that is over, on a first day the one that is not."""
        if not self.steps:
            return None
        over = next((step for step in reversed(self.steps) if not step.is_partial), self.steps[-1])
        return over if over.visitors or over.payments else self.steps[-1]


def dashboard_page(question: Question) -> dict[str, object]:
    """Everything that the dashboard prints; a template's context is the one place where a dict crosses a border."""
    query, address = question.query, question.address
    dimensions = tuple(cards.chosen(spec, address) for spec in cards.CARDS)
    board = queries.dashboard(
        query, actor=question.actor, now=question.now, dimensions=dimensions, rows_compare=choices.rows_compare(address)
    )
    overview = board.overview
    notes = notes_of(query.site_id, query.period)
    if question.is_public:
        notes = public(notes)
    visits, money = question.visits(), question.money()
    shown = tuple(
        replace(tile, url=str((money if tile.metric in _OF_MONEY else visits) or ""))
        for tile in presenting.tiles(overview, query)
    )
    flow = Flow(
        tiles=shown,
        steps=presenting.steps(overview, query),
        flags=presenting.flags(notes, overview),
        has_before=query.compared is not None,
        is_quiet=presenting.is_quiet(overview),
        currency=query.currency,
    )
    found = {spec.key: _card(question, spec, one) for spec, one in zip(cards.CARDS, board.breakdowns, strict=True)}
    return frame(question) | {
        "flow": flow,
        "cards": found,
        "steps_url": str(question.export("figures")),
        "totals_url": str(question.export("totals")),
        "is_waiting": flow.is_quiet and not question.site.first_event_at and not question.is_public,
        "other_money": _other_money(question),
        "payments_url": str(question.payments() or ""),
        "visitors_now": board.visitors_now,
        "totals_until": None if question.is_public else totals_until(question.actor, query.site_id),
        "setup_url": str(_served(choices.Address(path=address.path), "setup/") or ""),
        "realtime_url": str(_served(choices.Address(path=address.path), "realtime/") or ""),
    }


def _other_money(question: Question) -> tuple[Money, ...]:
    """Revenue that the figures leave out because of its currency: without a word about it, a first payment looks lost."""
    if question.is_public or question.site.payments_known_at is None:
        return ()
    period = question.query.period
    return revenue.other_currencies(question.actor, question.site.id, start=period.start, end=period.end)


def frame(question: Question) -> dict[str, object]:
    """The tool line and the filters, for every page that shows a part of a report."""
    query, address = question.query, question.address
    return {
        "site": question.site,
        "address": address,
        "query": query,
        "problem": question.problem,
        "span": choices.span(address, query, now=question.now),
        "chips": choices.chips(address, query),
        "comparisons": choices.comparisons(address),
        "compared": next(one for one in choices.comparisons(address) if one.current),
        "models": choices.models(address, query),
        "model": next(one for one, _hint in choices.models(address, query) if one.current),
        "intervals": choices.intervals(address, query),
        "dimensions": [(one.value, words) for one, words in choices.DIMENSIONS.items()],
        "operators": [(one.value, words) for one, words in choices.OPERATORS],
        "carried_by_range": choices.hidden(address, "period", "from", "to", "interval"),
        "carried": address.pairs,
        "is_public": question.is_public,
        "cleared": str(cleared(address)),
        "totals_url": "",
    }


def card_of(question: Question, spec: cards.Spec) -> cards.Card:
    """One card alone."""
    dimension = cards.chosen(spec, question.address)
    ask = queries.breakdown_compared if choices.rows_compare(question.address) else queries.breakdown
    return _card(question, spec, ask(question.query, dimension, FIRST, actor=question.actor))


def _card(question: Question, spec: cards.Spec, found: Breakdown) -> cards.Card:
    made = cards.card(spec, found, question.query, question.address, cards.Behind(question.visits(), question.money()))
    return replace(made, more_url="") if question.is_public else made


def cleared(address: choices.Address) -> choices.Address:
    """The same without any condition."""
    names = {one.value for one in Dimension}
    return replace(address, pairs=tuple(pair for pair in address.pairs if pair[0] not in names))


def with_added_filter(address: choices.Address) -> choices.Address | None:
    """The address that the form for a new filter means; none where it was not sent."""
    what, how, value = (address.get(name) for name in ("what", "how", "value"))
    if what not in tuple(Dimension) or how not in tuple(Operator):
        return None
    plain = address.to(what="", how="", value="")
    meant = value_named(Dimension(what), value) if how in (Operator.IS, Operator.IS_NOT) else value
    return plain.plus(what, f"{how}:{meant}") if value else plain


def place_in(request: HttpRequest) -> int:
    """Which page of a long list is asked for, from 1 on."""
    text = request.GET.get(PLACE, "")
    return min(max(int(text), 1), 100_000) if text.isascii() and text.isdigit() and len(text) < 7 else 1


_OF_MONEY = frozenset({Metric.REVENUE, Metric.REVENUE_PER_VISITOR, Metric.CONVERSION_RATE})


def _served(address: choices.Address, path: str) -> choices.Address | None:
    whole = f"{address.path}{path}"
    return address.at(whole) if _is_served(whole) else None


@lru_cache(maxsize=1_024)
def _is_served(path: str) -> bool:
    return bool(is_valid_path(path))
