"""What sources, states and reasons are called, and how a person comes by the file."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

from emporion.insights.imports.types import Reason, Source, State, Total
from emporion.insights.sites.dropping import REASONS as OF_COLLECTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """A source with what to fetch there, what comes over, and what cannot."""

    name: str | Promise
    line: str | Promise
    icon: str
    steps: tuple[str | Promise, ...]
    accepts: str
    hint: str | Promise
    brings: str | Promise
    lacks: str | Promise


GUIDES = {
    Source.LOGS: Guide(
        name=lazy("Web server logs"),
        line=lazy("nginx, Apache, Caddy"),
        icon="server",
        steps=(
            lazy("Find the access log: nginx and Apache keep it below /var/log, older ones as .gz beside it."),
            lazy("Copy it to your computer. Several files at once are fine, packed or not."),
        ),
        accepts=".log,.gz,.zip,.txt,.json,.1",
        hint=lazy("Combined or common format, or Caddy's JSON; plain, .gz or .zip, up to 500 MB at once"),
        brings=lazy("Page views with their moment, source, campaign, country, device and browser, as visits of their own."),
        lacks=lazy("A log sees no goals and no single-page navigation. A visitor counts anew each day, as without cookies."),
    ),
    Source.UMAMI: Guide(
        name="Umami",
        line=lazy("events, one by one"),
        icon="layers",
        steps=(
            lazy("In Umami's cloud: Settings, Data, Export. A zip with website_event.csv comes by mail."),
            lazy("On your own server: export the table website_event, joined with session, as CSV with a header line."),
        ),
        accepts=".csv,.zip,.gz",
        hint=lazy("website_event.csv, or the whole zip, up to 500 MB at once"),
        brings=lazy("Page views and events as goals, with source, campaign, place, device and browser, as visits of their own."),
        lacks=lazy("Properties of events and revenue stay behind. A visitor is one for a month, as Umami counts."),
    ),
    Source.DATAFAST: Guide(
        name="DataFast",
        line=lazy("visitors of its API"),
        icon="activity",
        steps=(
            lazy("DataFast has no export. Ask its API for each visitor, at /api/v1/visitors/ and the visitor's id."),
            lazy("Put the answers into one file, one a line."),
            lazy("Tools that turn these answers into Umami's CSV exist; upload such a file as Umami."),
        ),
        accepts=".json,.ndjson,.jsonl,.txt,.gz,.zip",
        hint=lazy("The API's answers, one a line or as a list; plain, .gz or .zip, up to 500 MB at once"),
        brings=lazy("Page views and goals of each visitor with place, device and browser, as visits of their own."),
        lacks=lazy("Payments come from your payment provider: connect it, and past ones are read from there."),
    ),
    Source.PLAUSIBLE: Guide(
        name="Plausible",
        line=lazy("totals of days"),
        icon="calendar",
        steps=(
            lazy("In Plausible: Site settings, Imports & exports, Export data. A zip of files named imported_… comes by mail."),
            lazy("Upload the zip as it is."),
        ),
        accepts=".zip,.csv",
        hint=lazy("The zip, or its imported_….csv files, up to 500 MB at once"),
        brings=lazy("Visitors, visits, page views, bounces and time of each day, by source, page, place and device."),
        lacks=lazy("Plausible gives totals, not visits: no filters and no journeys. They have a page of their own."),
    ),
}

TOTALS = {
    Total.DAY: lazy("Whole website"),
    Total.SOURCE: lazy("Source"),
    Total.CAMPAIGN: lazy("Campaign"),
    Total.PAGE: lazy("Page"),
    Total.ENTRY: lazy("Entry page"),
    Total.EXIT: lazy("Exit page"),
    Total.COUNTRY: lazy("Country"),
    Total.DEVICE: lazy("Device"),
    Total.BROWSER: lazy("Browser"),
    Total.SYSTEM: lazy("System"),
    Total.GOAL: lazy("Goal"),
}

STATES = {
    State.READING: lazy("Being read"),
    State.READY: lazy("Waits for you"),
    State.STORING: lazy("Being imported"),
    State.SETTLING: lazy("Arriving"),
    State.DONE: lazy("Imported"),
    State.UNDOING: lazy("Being undone"),
    State.UNDONE: lazy("Undone"),
    State.CANCELLED: lazy("Cancelled"),
    State.FAILED: lazy("Not readable"),
}
TONES = {State.READY: "act", State.DONE: "good", State.FAILED: "bad"}

REASONS: dict[str, tuple[str | Promise, str | Promise]] = {
    Reason.UNREADABLE: (lazy("Not readable"), lazy("The row does not have the form that the rest has.")),
    Reason.NOT_A_PAGE: (lazy("No page"), lazy("A picture, a script, a feed or an answer for programs was asked for.")),
    Reason.METHOD: (lazy("Nothing was looked at"), lazy("Something was sent or only asked about.")),
    Reason.STATUS: (lazy("No page came"), lazy("The answer was a redirect or an error.")),
    Reason.FUTURE: (lazy("In the future"), lazy("The moment had not come when you uploaded the file.")),
    Reason.TOO_NEW: (lazy("Too new"), lazy("The last hour, or day for totals, may still go on. Import again later.")),
    Reason.TOO_OLD: (lazy("Too old"), lazy("Before 1995: a clock was wrong.")),
    Reason.COVERED: (lazy("Counted here already"), lazy("The website was measured here on that day.")),
    Reason.IMPORTED: (lazy("Imported already"), lazy("An earlier import covers that time.")),
    Reason.OTHER_KIND: (lazy("Of no use here"), lazy("A kind of row that Insights has no place for.")),
    Reason.NAME: (lazy("No name"), lazy("An event without a name that a goal can have.")),
}


def words_of(reason: str) -> tuple[str, str]:
    """A reason's name, and what it means."""
    title, text = REASONS.get(reason) or OF_COLLECTION.get(reason, (reason, ""))
    return str(title), str(text)
