"""542 incidents that really happened, served by a page as their providers told them, stage by stage."""

import csv
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from emporion.kernel.clock import utcnow
from emporion.nexus.providers.models import IncidentRow

from .conftest import Told
from .pages import StatusPage, follow, incident, tick

DATA = Path(os.environ.get("EMPORION_TEST_DATA") or Path(__file__).resolve().parents[5] / "shared" / "data")
STAGES = ("investigating", "identified", "monitoring", "resolved", "postmortem")
IMPACTS = ("none", "minor", "major", "critical", "maintenance")
OVER = {"resolved", "postmortem"}
ON_A_PAGE = 100


def stages_of(row: dict[str, str]) -> list[dict[str, object]]:
    """An incident as its page showed it after each thing that was said."""
    said = [(row[f"{stage}_timestamp"], stage, row[f"{stage}_description"]) for stage in STAGES if row[f"{stage}_timestamp"]]
    said.sort()
    impact = IMPACTS[min(int(float(row["incident_impact_level"] or 0)), 4)]
    return [
        incident(
            row["incident_id"],
            stage,
            name=row["Incident_Title"],
            impact=impact,
            created_at=said[0][0],
            started_at=said[0][0],
            updated_at=at,
            resolved_at=at if stage in OVER else None,
            incident_updates=[{"status": stage, "body": text, "display_at": at, "created_at": at}],
            components=[],
        )
        for at, stage, text in said
    ]


@pytest.mark.django_db
@pytest.mark.requirement("NEX-04")
def test_every_real_incident_is_told_from_its_first_word_to_its_last(alice_client: Client, page: StatusPage, told: Told) -> None:
    path = DATA / "incidents" / "incident_stages.csv"
    if not path.exists():
        pytest.skip("the recorded incidents (shared/data/incidents) are not here")
    with path.open(newline="") as file:
        courses = [stages_of(row) for row in csv.DictReader(file)]
    groups = [courses[start : start + ON_A_PAGE] for start in range(0, len(courses), ON_A_PAGE)]
    for turn in range(max(map(len, courses))):
        for number, group in enumerate(groups):
            current = [course[min(turn, len(course) - 1)] for course in group]
            page.statuspage(*current)
            for known in ("/api/v2/summary.json", "/api/v2/incidents.json"):
                page.documents[f"/p{number}{known}"] = page.documents[known]
            if not turn:
                follow(alice_client, page, url=f"{page.url}/p{number}")
        tick(utcnow() + timedelta(hours=turn + 1))
    assert (len(courses), IncidentRow.objects.count()) == (542, 542)
    rows = {row.key: row for row in IncidentRow.objects.all()}
    for course in courses:
        row, last = rows[str(course[0]["id"])], course[-1]
        assert row.title == str(last["name"]).strip()[:300]
        assert (row.resolved_at is not None) == (last["status"] in OVER)
        assert row.updates[0]["text"] == last["incident_updates"][0]["body"].strip()  # type: ignore[index]
    began_open = [course for course in courses if course[0]["status"] not in OVER]
    words = [word for word, _ in told()]
    assert words.count("Opened") == len(began_open) > 350
    assert words.count("Resolved") == sum(course[-1]["status"] in OVER for course in began_open)
