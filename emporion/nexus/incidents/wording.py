"""What states, severities and roles are called, how lines of the timeline look, and the words that updates begin with."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from emporion.nexus.incidents.types import Audience, EntryKind, IncidentRole, IncidentState, Severity

ROLES = {
    IncidentRole.LEAD: _("Lead"),
    IncidentRole.UPDATES: _("Updates"),
    IncidentRole.DIAGNOSIS: _("Diagnosis"),
}
STATES = {
    IncidentState.DECLARED: _("Declared"),
    IncidentState.MITIGATING: _("Mitigating"),
    IncidentState.RECOVERING: _("Recovering"),
    IncidentState.CLOSED: _("Closed"),
    IncidentState.WITHDRAWN: _("Taken back"),
}
STATE_TONES = {
    IncidentState.DECLARED: "bad",
    IncidentState.MITIGATING: "warn",
    IncidentState.RECOVERING: "action",
    IncidentState.CLOSED: "good",
    IncidentState.WITHDRAWN: "",
}
SEVERITIES = {
    Severity.CRITICAL: _("1, nothing works for most customers"),
    Severity.MAJOR: _("2, something important fails for many"),
    Severity.MINOR: _("3, something fails for some"),
    Severity.LOW: _("4, hardly anybody feels it"),
}
SEVERITY_TONES = {Severity.CRITICAL: "bad", Severity.MAJOR: "bad", Severity.MINOR: "warn", Severity.LOW: ""}
AUDIENCES = {
    Audience.CUSTOMERS: _("Customers"),
    Audience.TEAM: _("Team"),
    Audience.EXECUTIVES: _("Executives"),
}
POSTS = {
    Audience.CUSTOMERS: _("Post to status page"),
    Audience.TEAM: _("Tell the team"),
    Audience.EXECUTIVES: _("Mail owners and managers"),
}
STAGES = {
    "investigating": _("Investigating"),
    "identified": _("Identified"),
    "monitoring": _("Monitoring"),
    "resolved": _("Resolved"),
}
# Icon and tone of a line of the timeline.
LOOKS: Mapping[EntryKind, tuple[str, str]] = {
    EntryKind.PROBLEM: ("octagon-alert", "bad"),
    EntryKind.GROUPED: ("layers", ""),
    EntryKind.PAGED: ("bell", ""),
    EntryKind.ACKNOWLEDGED: ("hand-helping", "action"),
    EntryKind.DECLARED: ("siren", "bad"),
    EntryKind.CHANGED: ("pencil", ""),
    EntryKind.ROLE: ("user-check", ""),
    EntryKind.DEPLOY: ("git-commit-horizontal", ""),
    EntryKind.PROVIDER: ("radio", "warn"),
    EntryKind.CHECK: ("activity", ""),
    EntryKind.ROUTED: ("route", "action"),
    EntryKind.UNROUTED: ("undo-2", ""),
    EntryKind.BUDGET: ("wallet", "warn"),
    EntryKind.UPDATE: ("megaphone", "action"),
    EntryKind.RECOVERING: ("heart-pulse", "good"),
    EntryKind.RELAPSED: ("octagon-alert", "bad"),
    EntryKind.RESOLVED: ("circle-check", "good"),
    EntryKind.CLOSED: ("lock", "good"),
    EntryKind.NOTE: ("message-square", ""),
}
# {words in braces} fill themselves from what is stored; see `updates.facts_for`.
TEMPLATES: Mapping[tuple[Audience, str], object] = {
    (Audience.CUSTOMERS, "investigating"): _(
        "{how_many} requests to {features} fail since {since}. We are looking into it. Next update by {next}."
    ),
    (Audience.CUSTOMERS, "identified"): _(
        "{how_many} requests to {features} fail since {since}. The cause is {cause}. {working} Next update by {next}."
    ),
    (Audience.CUSTOMERS, "monitoring"): _(
        "{features} works again since {recovered}. The cause was {cause}. We keep watching. Next update by {next}."
    ),
    (Audience.CUSTOMERS, "resolved"): _(
        "{features} works again since {recovered}. It lasted {duration}. We are sorry for the trouble."
    ),
    (Audience.TEAM, "investigating"): _(
        "{code}, severity {severity}: {title}. {failed} of {calls} calls failed since {since}, {rate} fail now; {customers}"
        " customers feel it. Lead: {lead}. Next update by {next}."
    ),
    (Audience.TEAM, "identified"): _(
        "{code}, severity {severity}: {title}. {verdict} {done} {rate} of calls fail now; {failed} failed since {since}."
        " Lead: {lead}. Next update by {next}."
    ),
    (Audience.TEAM, "monitoring"): _(
        "{code}: {features} is within bounds since {recovered}. {done} The incident can close when the proof is complete."
        " Next update by {next}."
    ),
    (Audience.TEAM, "resolved"): _(
        "{code} is over: {title}. It lasted {duration}; {failed} calls failed for {customers} customers. {done}"
    ),
    (Audience.EXECUTIVES, "investigating"): _(
        "{how_many} requests to {features} fail since {since}. {customers} customers feel it. {lead} leads the work."
        " Next update by {next}."
    ),
    (Audience.EXECUTIVES, "identified"): _(
        "{how_many} requests to {features} fail since {since}; {customers} customers feel it. {verdict} {done}"
        " Next update by {next}."
    ),
    (Audience.EXECUTIVES, "monitoring"): _(
        "{features} works again since {recovered}. {customers} customers felt it. We watch until the recovery is proven."
    ),
    (Audience.EXECUTIVES, "resolved"): _(
        "The incident is over. {features} did not work as it should for {duration}; {customers} customers felt it,"
        " {failed} requests failed. {verdict} A report follows."
    ),
}
CAUSES = {
    "theirs": _("an outage at one of our providers"),
    "ours": _("a fault on our side"),
    "unclear": _("not known yet"),
}
VERDICTS = {
    "theirs": _("The provider is at fault, not us."),
    "ours": _("The fault is ours."),
    "unclear": _("Whose fault it is, is not clear yet."),
}
