"""What the checklist page shows."""

from django.conf import settings as installation
from django.urls import reverse
from django.utils.translation import gettext as _

from emporion.insights.sites.inspecting import Expected
from emporion.insights.sites.rules import done_steps
from emporion.insights.sites.snippets import GOALS, STUB, Variant, install_codes
from emporion.insights.sites.types import Line, SetupStep, SiteView
from emporion.plumbing.types import Actor, Permission
from emporion.ui.types import Option, Snippet


def context(actor: Actor, site: SiteView, variant: Variant) -> dict[str, object]:
    """Everything on the page."""
    return {
        "site": site,
        "tab": "setup",
        "may_configure": actor.may(Permission.CONFIGURE, site.project_id),
        "lines": lines(site),
        "codes": install_codes(server=installation.SITE_URL, site=site, variant=variant),
        "variants": variants(site, variant),
        "variant": variant.value,
        "more_codes": (
            Snippet(label=_("Goals"), language="html", code=GOALS),
            Snippet(label=_("Queue"), language="html", code=STUB),
        ),
        "page_url": page_url(site),
        "is_local": site.domain == "localhost",
    }


def lines(site: SiteView) -> tuple[Line, ...]:
    """The checklist; the first line that is not done is the current one."""
    done = done_steps(site)
    is_skipped = site.payments_skipped_at is not None and site.payments_known_at is None
    payments = _("They reach this website") if site.payments_known_at else _("See which visit earned what")
    words = {
        SetupStep.ADD: (_("Add your website"), site.domain),
        SetupStep.INSTALL: (_("Install the script"), _("One line in your page")),
        SetupStep.VERIFY: (_("Verify the installation"), _("We look at your page and name what is wrong")),
        SetupStep.PAYMENTS: (_("Connect payments"), _("Skipped for now") if is_skipped else payments),
        SetupStep.FIRST_DATA: (_("First visit"), _("Open your page, and it appears here")),
    }
    places = {
        SetupStep.INSTALL: "#install",
        SetupStep.VERIFY: "#verify",
        SetupStep.PAYMENTS: reverse("insights_revenue:connect", args=[site.id]),
    }
    current = next((step for step in SetupStep if step not in done), None)
    return tuple(
        Line(
            step=step,
            label=words[step][0],
            hint=words[step][1],
            is_done=step in done,
            is_current=step is current,
            is_skipped=step is SetupStep.PAYMENTS and is_skipped,
            url=places.get(step, "") if step not in done or (step is SetupStep.PAYMENTS and is_skipped) else "",
        )
        for step in SetupStep
    )


def variants(site: SiteView, chosen: Variant) -> tuple[Option, ...]:
    """The three scripts to choose from."""
    address = reverse("insights_sites:setup", args=[site.id])
    labels = {Variant.COOKIES: _("With cookies"), Variant.COOKIELESS: _("Cookieless"), Variant.HASH: _("Routes after #")}
    return tuple(
        Option(label=label, url=f"{address}?script={one.value}#install", value=one.value, current=one is chosen)
        for one, label in labels.items()
    )


def expected_of(site: SiteView, *, is_asked_here: bool = False) -> Expected:
    """What a page of the website should hold."""
    return Expected(
        server=installation.SITE_URL,
        public_id=site.public_id,
        domain=site.domain,
        hostnames=site.collection.hostnames,
        is_asked_here=is_asked_here,
    )


def page_url(site: SiteView) -> str:
    """The page that is most likely meant."""
    return "http://localhost" if site.domain == "localhost" else f"https://{site.domain}"
