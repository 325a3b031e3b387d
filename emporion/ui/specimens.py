"""The living page's cast: what each component is shown with. The source that is printed is the source that is rendered."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.utils.safestring import SafeString

from emporion.kernel.clock import utcnow
from emporion.kernel.money import Money
from emporion.ui import tiles
from emporion.ui.types import (
    Chart,
    Crumb,
    Navigation,
    NavItem,
    NavLinks,
    NavPerson,
    NavSection,
    Option,
    PlanCard,
    PlanFeature,
    Series,
    Site,
    SumLine,
    Summary,
    Workspace,
)

FRAMES = ("shell", "public", "checkout", "auth", "error")
SOURCES = Path(__file__).resolve().parent / "templates/ui/living/specimens"
SHELF = ("controls", "content", "data", "commerce", "chat")


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """One component: its name, the template that renders it, and that template's source."""

    name: str
    template: str
    source: str


class SpecimenForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(help_text="What your visitors see.", initial="Halyard help")
    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    welcome = forms.CharField(required=False, label="Welcome message", widget=forms.Textarea(attrs={"rows": 3}))
    language = forms.ChoiceField(choices=[("", "The visitor's, else English"), ("el", "Ελληνικά")], required=False)
    consent = forms.ChoiceField(
        label="Ask for consent first",
        choices=[("never", "Never"), ("eu", "In the EU"), ("always", "Always")],
        widget=forms.RadioSelect,
        initial="eu",
    )
    terms = forms.BooleanField(label="I agree to the terms")


def specimens() -> list[tuple[str, list[Specimen]]]:
    """All components, by shelf."""
    return [(shelf, [_specimen(path) for path in sorted((SOURCES / shelf).glob("*.html"))]) for shelf in SHELF]


def _specimen(path: Path) -> Specimen:
    source = path.read_text().removeprefix("{% load ui %}").strip()
    name = path.stem.replace("_", " ").capitalize()
    return Specimen(name=name, template=f"ui/living/specimens/{path.parent.name}/{path.name}", source=source)


def context(frame: str) -> dict[str, Any]:
    """Everything that the living page prints; a template context is the one place where a dict crosses a border."""
    return {
        "frame": frame,
        "frames": [Option(label=one, url=f"/ui/{one}/", current=one == frame) for one in FRAMES],
        "shelves": specimens(),
        "navigation": navigation() if frame in {"shell", "public"} else None,
        "site": site(),
        "form": SpecimenForm(),
        "renaming": SpecimenForm(prefix="rename"),
        "wrong": SpecimenForm({"wrong-email": "zoe@", "wrong-welcome": "Hello", "wrong-consent": "sometimes"}, prefix="wrong"),
        "embed": '<script async src="https://emporion.example/w/v1.js"></script>',
        "title": "We cannot find this page",
        "message": "The address may be mistyped, or what stood here was removed.",
        "tiles": sorted(tiles.TILES),
        **_numbers(),
        **_options(),
        **_words(),
        **_conversation(),
    }


def _numbers() -> dict[str, Any]:
    now = utcnow()
    rise = [0, 28, 29, 30, 57, 58, 59, 60, 62, 63, 64, 66, 68, 70, 75]
    return {
        "now": now,
        "minutes_ago": now - timedelta(minutes=8),
        "long_ago": datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        "price": Money.of("990", "USD"),
        "yen": Money(1250, "JPY"),
        "rise": rise,
        "by_hour": [0, 0, 0, 2, 5, 9, 14, 22, 30, 28, 26, 20, 21, 18, 12, 9, 6, 4, 2, 1, 0, 0, 0, 0],
        "silence": [0] * 24,
        "page": Paginator(range(33), 12).page(1),
        "page_numbers": [1, 2, 3],
        "calls": Chart(
            id="calls",
            title="Calls per day",
            x_title="Day",
            kind="bar",
            labels=[f"{day} Nov" for day in range(1, 21)],
            series=(
                Series(
                    label="Calls",
                    values=[402, 388, 421, 455, 440, 318, 295, 433, 450, 471, 462, 448, 310, 288, 466, 430, 472, 455, 489, 322],
                ),
            ),
        ),
        "spending": Chart(
            id="spending",
            title="Spending in November",
            x_title="Day",
            labels=[f"{day} Nov" for day in range(1, 31)],
            series=(
                Series(label="November", values=[100 + step * 9 for step in range(20)] + [None] * 10, tone="s2"),
                Series(label="Forecast", values=[None] * 19 + [271 + step * 3 for step in range(11)], tone="s2", dashed=True),
                Series(label="October", values=[100 + step * 5 for step in range(30)], tone="grey"),
            ),
        ),
    }


def _options() -> dict[str, Any]:
    return {
        "cycle_options": [Option(label="Monthly", value="month"), Option(label="Yearly", value="year", current=True)],
        "link_options": [Option(label="Page", url="#", current=True), Option(label="Phone", url="#phone")],
        "range_options": [Option(label="7 days", url="#"), Option(label="30 days", url="#", current=True)],
        "sort_options": [Option(label="Most used", value="used", current=True), Option(label="Best rated", value="rated")],
        "tab_options": [
            Option(label="Overview", url="#", current=True),
            Option(label="Training", url="#", count=1, tone="bad"),
            Option(label="Persona", url="#"),
            Option(label=""),
            Option(label="API keys", url="#"),
            Option(label="Widget", url="#"),
        ],
        "plan_options": [
            {"label": "Starter", "hint": "1,000 calls, then $0.01", "price": "$29/mo", "value": "starter"},
            {
                "label": "Pro",
                "hint": "10,000 calls, then $0.008",
                "price": "$99/mo",
                "value": "pro",
                "current": True,
                "badge": "−17%",
            },
            {"label": "Enterprise", "hint": "Unlimited calls", "price": "Custom", "value": "enterprise"},
        ],
        "samples": [
            {"label": "Python", "code": 'import requests\n\nrequests.post(url, json={"message": "Hello"})'},
            {"label": "curl", "code": "curl -N https://emporion.example/api/agents/1/chat"},
        ],
    }


def _words() -> dict[str, Any]:
    return {
        "crumbs": [Crumb(label="My Agents", url="#"), Crumb(label="Docs Agent", url="#"), Crumb(label="Configure")],
        "steps": [
            {"label": "Give it a name", "done": True},
            {
                "label": "Add the first document",
                "hint": "so that it has something to quote",
                "current": True,
                "url": "#",
                "button": "Add",
            },
            {"label": "Ask the first question"},
        ],
        "summary": Summary(
            title="Pro plan (yearly)",
            lines=(
                SumLine(label="$99 × 12", amount="$1,188", kind="work"),
                SumLine(label="Discount", amount="−$198", kind="off"),
            ),
            total="$990",
            per="year",
            note="Renews on 21 November 2027. Cancel at any time before.",
        ),
        "plans": [
            _plan("Starter", "$29", "1,000"),
            _plan("Pro", "$99", "10,000", chosen=True),
            _plan("Enterprise", "Custom", "Unlimited"),
        ],
        "stars": [{"label": f"{star} stars", "count": count} for star, count in ((5, 97), (4, 23), (3, 5), (2, 2), (1, 1))],
        "compare_columns": ["Docs Agent", "Inbox Triage"],
        "compare_rows": [
            {"label": "Price from", "cells": ["$29 a month", "$0.02 a message"], "differs": True},
            {"label": "MCP", "cells": ["Yes", "Yes"]},
        ],
    }


def _conversation() -> dict[str, Any]:
    return {
        "answer": SafeString(
            "<p>Both secrets stay valid for 24 hours. <a class='cite' href='#chat' aria-label='Source 1'>1</a></p>"
        ),
        "passage": SafeString(
            "<p>Choose Add secret. <mark>The new secret and the old one are both valid for 24 hours</mark>.</p>"
        ),
        "facts": ["Passage 31 of 58", "Read 14 Nov"],
        "others": [{"number": 2, "name": "booking-api-reference.md", "where": "Delivery and retries", "url": "#chat"}],
        "asks": ["Which carriers support DDP?", "Cancel a booking after pickup"],
    }


def _plan(name: str, amount: str, calls: str, *, chosen: bool = False) -> PlanCard:
    return PlanCard(
        name=name,
        amount=amount,
        per="" if amount == "Custom" else "month",
        audience="For a team with support volume",
        second_line="or 12 months for 10",
        url="#plans",
        button=f"Choose {name}",
        badge="Chosen by most" if chosen else "",
        chosen=chosen,
        features=(
            PlanFeature(strong=calls, text="calls a month"),
            PlanFeature(text="Chat API, MCP and keys"),
            PlanFeature(text="Your branding only", included=chosen),
        ),
    )


def navigation() -> Navigation:
    """A rail with everything in it."""
    buy = (
        NavItem(label="Dashboard", url="/ui/", icon="layout-dashboard", current=True),
        NavItem(label="Marketplace", url="/ui/public/", icon="store"),
        NavItem(label="My Agents", url="#", icon="bot", count=4),
        NavItem(label="Widgets", url="#", icon="messages-square", count=6),
        NavItem(label="Billing", url="#", icon="credit-card"),
    )
    return Navigation(
        sections=(
            NavSection(key="buy", label="Buy", items=buy),
            NavSection(key="team", label="Team", items=(NavItem(label="Members and roles", url="#", icon="users", count=7),)),
            NavSection(key="settings", label="Settings", items=(NavItem(label="Organization", url="#", icon="settings"),)),
        ),
        person=NavPerson(
            name="Zoé Marchetti", email="zoe@marchetti.example", items=(NavItem(label="Your account", url="#", icon="user"),)
        ),
        workspaces=(
            Workspace(organisation="Halyard Freight", project="Customer help", value="1", current=True),
            Workspace(organisation="Zoé's Organization", project="Default", value="2"),
        ),
        links=NavLinks(
            home="/ui/", wallet="#", notifications="#", help="#", palette="/ui/palette/", switch_workspace="#", sign_out="#"
        ),
        bottom=buy[:4],
        wallet="$148.20",
        unread=3,
    )


def site() -> Site:
    """A light header and footer."""
    return Site(
        header=(
            NavItem(label="Marketplace", url="/ui/public/", current=True),
            NavItem(label="Bundles", url="#"),
            NavItem(label="Documentation", url="#"),
        ),
        footer=(NavItem(label="Sell on Emporion", url="#"), NavItem(label="Terms", url="#")),
        note="Prices in US dollars, tax not included",
        sign_in="/ui/auth/",
        register="/ui/auth/",
    )


def palette(question: str) -> list[dict[str, object]]:
    """The navigation, filtered by what was typed."""
    items = [item for section in navigation().sections for item in section.items if question.lower() in item.label.lower()]
    return [{"key": "go", "label": "Go to", "entries": items}] if items else []
