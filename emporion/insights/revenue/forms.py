"""Reads what people ask of payments from the address, and what they fill in to connect a way in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django import forms
from django.utils.translation import gettext_lazy as _

from emporion.insights.revenue.types import CreditedTo, Kind, Method, Part, PaymentFilter, Standing
from emporion.insights.sites.types import AttributionModel, SiteView

Word = TypeVar("Word", Kind, Method, Part, Standing, AttributionModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an address asks for, as words for the page and as a filter for the query."""

    days: str
    method: str
    kind: str
    state: str
    source: str
    search: str
    part: str
    wanted: PaymentFilter

    @property
    def carried(self) -> tuple[tuple[str, str], ...]:
        """What no field of the form says and its answer must not forget."""
        credited = self.wanted.credited
        said = (("currency", self.wanted.currency), ("part", self.part), ("credited", credited.source if credited else ""))
        return tuple((name, value) for name, value in said if value)

    @property
    def is_filtered(self) -> bool:
        """Whether anything was left out on request."""
        return self.wanted != PaymentFilter()


def asked_for(said: Mapping[str, str], site: SiteView, *, now: datetime) -> Asked:
    """The filters of an address; what is not known filters nothing."""
    days = said.get("days", "")
    days = days if days in {"7", "30", "365"} else ""
    method, kind = _word(Method, said.get("method")), _word(Kind, said.get("kind"))
    standing = _word(Standing, said.get("state"))
    source, search = said.get("source", "")[:200].replace("\0", ""), said.get("q", "").strip()[:120].replace("\0", "")
    part, currency = _word(Part, said.get("part")), said.get("currency", "")
    credited = said.get("credited", "")[:200].replace("\0", "")
    wanted = PaymentFilter(
        currency=currency if re.fullmatch("[A-Z]{3}", currency) else "",
        part=part,
        credited=CreditedTo(source=credited, model=model_of(said, site)) if credited else None,
        method=method,
        kind=kind,
        standing=standing,
        source=source,
        search=search,
        start=now - timedelta(days=int(days)) if days else None,
    )
    return Asked(
        days=days,
        method=method or "",
        kind=kind or "",
        state=standing or "",
        source=source,
        search=search,
        part=part or "",
        wanted=wanted,
    )


def model_of(said: Mapping[str, str], site: SiteView) -> AttributionModel:
    """The model that an address names, else the website's own."""
    return _word(AttributionModel, said.get("model")) or site.attribution_model


def _word(kind: type[Word], text: str | None) -> Word | None:
    try:
        return kind(text or "")
    except ValueError:
        return None


class SecretForm(forms.Form):
    """Stripe's signing secret."""

    secret = forms.CharField(
        label=_("Signing secret"),
        max_length=260,
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "placeholder": "whsec_…"}),
        help_text=_("Stripe shows it after you add the endpoint. Leave it empty to get one of ours for your own sender."),
    )


class KeyForm(forms.Form):
    """A restricted key."""

    key = forms.CharField(
        label=_("Restricted key"),
        max_length=260,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "placeholder": "rk_live_…"}),
        help_text=_("With read access to charges, payment intents, checkout sessions, invoices, refunds and disputes. No more."),
    )
