"""A page for programs: Statuspage's JSON, version 2, which monitors everywhere read, and feeds for people who read feeds."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from emporion.nexus.statuspage import rules
from emporion.nexus.statuspage.types import ComponentView, PageView, PublicIncident, PublicPage, PublicUpdate, Stage
from emporion.nexus.statuspage.wording import DESCRIPTIONS, STAGES

Json = Mapping[str, object]
NOT_YET = {Stage.SCHEDULED}
UNDER_WAY = {Stage.IN_PROGRESS, Stage.VERIFYING}


def page_json(page: PageView, base: str) -> Json:
    """Who speaks."""
    return {"id": page.code, "name": page.name, "url": base, "time_zone": page.time_zone, "updated_at": _time(page.updated_at)}


def status_json(shown: PublicPage) -> Json:
    """How the whole does."""
    return {"indicator": shown.indicator, "description": DESCRIPTIONS[shown.indicator]}


def components_json(shown: PublicPage) -> list[Json]:
    """The components, and the groups that they are in."""
    groups: dict[str, list[ComponentView]] = {}
    for component in shown.components:
        if component.group:
            groups.setdefault(component.group, []).append(component)
    parts = [component_json(component, shown.page) for component in shown.components]
    return [*parts, *(_group(name, members, shown.page) for name, members in groups.items())]


def component_json(component: ComponentView, page: PageView) -> Json:
    """One component."""
    return {
        "id": component.code,
        "name": component.name,
        "status": component.status,
        "created_at": _time(component.created_at),
        "updated_at": _time(component.updated_at),
        "position": component.position + 1,
        "description": component.description or None,
        "showcase": True,
        "start_date": component.started_on.isoformat(),
        "group_id": _group_code(component.group, page) if component.group else None,
        "page_id": page.code,
        "group": False,
        "only_show_if_degraded": False,
    }


def incident_json(incident: PublicIncident, page: PageView, base: str) -> Json:
    """One incident, or one maintenance with the times that were announced."""
    told = {
        "id": incident.code,
        "name": incident.name,
        "status": incident.stage,
        "created_at": _time(incident.created_at),
        "updated_at": _time(incident.updated_at),
        "monitoring_at": _time(incident.monitoring_at),
        "resolved_at": _time(incident.resolved_at),
        "impact": incident.impact,
        "shortlink": f"{base}incidents/{incident.code}/",
        "started_at": _time(incident.began_at),
        "page_id": page.code,
        "incident_updates": [_update(update, incident) for update in incident.updates],
        "components": [component_json(component, page) for component in incident.components],
        "reminder_intervals": None,
    }
    if incident.is_maintenance:
        told |= {"scheduled_for": _time(incident.scheduled_for), "scheduled_until": _time(incident.scheduled_until)}
    return told


def incidents_json(incidents: Iterable[PublicIncident], page: PageView, base: str) -> list[Json]:
    """Some of them."""
    return [incident_json(incident, page, base) for incident in incidents]


def summary_json(shown: PublicPage, base: str) -> Json:
    """Everything that a monitor needs at once."""
    return {
        "page": page_json(shown.page, base),
        "components": components_json(shown),
        "incidents": incidents_json((one for one in shown.open if not one.is_maintenance), shown.page, base),
        "scheduled_maintenances": incidents_json(maintenances(shown), shown.page, base),
        "status": status_json(shown),
    }


def maintenances(shown: PublicPage) -> tuple[PublicIncident, ...]:
    """What is announced or under way."""
    return tuple(one for one in (*shown.planned, *shown.open) if one.is_maintenance)


def atom(shown: PublicPage, incidents: Iterable[PublicIncident], base: str) -> str:
    """Incidents and maintenances with everything that was said, newest first."""
    page = shown.page
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">',
        f"<id>{escape(base)}</id><title>{escape(page.name)}</title><updated>{_time(page.updated_at)}</updated>",
        f'<link rel="alternate" type="text/html" href={quoteattr(base)}/>',
        f'<link rel="self" type="application/atom+xml" href={quoteattr(base + "history.atom")}/>',
        f"<author><name>{escape(page.name)}</name></author>",
    ]
    for incident in incidents:
        url = f"{base}incidents/{incident.code}/"
        lines += [
            f"<entry><id>{escape(url)}</id><title>{escape(incident.name)}</title>",
            f"<published>{_time(incident.created_at)}</published><updated>{_time(incident.updated_at)}</updated>",
            f'<link rel="alternate" type="text/html" href={quoteattr(url)}/>',
            f'<content type="html">{escape(_said(incident))}</content></entry>',
        ]
    return "\n".join([*lines, "</feed>"])


def rss(shown: PublicPage, incidents: Iterable[PublicIncident], base: str) -> str:
    """The same for readers that know RSS alone."""
    page = shown.page
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<rss version="2.0"><channel>',
        f"<title>{escape(page.name)}</title><link>{escape(base)}</link>",
        f"<description>{escape(page.description or page.name)}</description>",
    ]
    for incident in incidents:
        url = escape(f"{base}incidents/{incident.code}/")
        lines.append(
            f"<item><title>{escape(incident.name)}</title><link>{url}</link><guid>{url}</guid>"
            f"<pubDate>{incident.created_at:%a, %d %b %Y %H:%M:%S} +0000</pubDate>"
            f"<description>{escape(_said(incident))}</description></item>"
        )
    return "\n".join([*lines, "</channel></rss>"])


def _said(incident: PublicIncident) -> str:
    return "".join(
        f"<p><strong>{escape(str(STAGES[update.stage]))}</strong> {update.at:%Y-%m-%d %H:%M} UTC<br>{escape(update.text)}</p>"
        for update in incident.updates
    )


def _update(update: PublicUpdate, incident: PublicIncident) -> Json:
    return {
        "id": update.code,
        "status": update.stage,
        "body": update.text,
        "incident_id": incident.code,
        "created_at": _time(update.at),
        "updated_at": _time(update.at),
        "display_at": _time(update.at),
        "affected_components": [{"code": one.code, "name": one.name} for one in incident.components] or None,
        "deliver_notifications": True,
        "custom_tweet": None,
        "tweet_id": None,
    }


def _group(name: str, members: list[ComponentView], page: PageView) -> Json:
    first = members[0]
    told = dict(component_json(first, page))
    return told | {
        "id": _group_code(name, page),
        "name": name,
        "status": rules.worst(member.status for member in members),
        "description": None,
        "group_id": None,
        "group": True,
        "components": [member.code for member in members],
    }


def _group_code(name: str, page: PageView) -> str:
    return rules.code_of(f"group:{name}", page.id)


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None
