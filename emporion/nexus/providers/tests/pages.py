"""A status page on this machine, in the shapes that their makers write, changed by a test."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

from django.test import Client

from emporion.nexus.providers import reading
from emporion.nexus.providers.models import FeedRow


@dataclass
class StatusPage:
    """What it serves by path; a number instead of a document is a status, a bytes object is sent as it is."""

    url: str = ""
    documents: dict[str, object] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)

    def statuspage(self, *incidents: dict[str, object], indicator: str = "none", text: str = "All Systems Operational") -> None:
        """Publishes Statuspage's documents: the summary without what is over, the history with it."""
        page = {
            "id": "kctbh9vrtdwd",
            "name": "Acme",
            "url": self.url,
            "time_zone": "Etc/UTC",
            "updated_at": "2026-10-25T00:20:00Z",
        }
        components = [
            {"id": "g1", "name": "Group", "status": "operational", "group": True, "components": ["c1"]},
            {"id": "c1", "name": "API", "status": "major_outage" if incidents else "operational", "group": False, "position": 1},
            {"id": "c2", "name": "Console", "status": "operational", "group": False, "position": 2},
        ]
        open_now = [one for one in incidents if one["status"] not in {"resolved", "postmortem"}]
        planned = [
            {"id": "m1", "name": "Upgrade", "status": "scheduled", "impact": "maintenance", "created_at": "2026-10-25T00:00:00Z"}
        ]
        self.documents["/api/v2/summary.json"] = {
            "page": page,
            "status": {"indicator": indicator, "description": text},
            "components": components,
            "incidents": open_now,
            "scheduled_maintenances": planned,
        }
        self.documents["/api/v2/incidents.json"] = {"page": page, "incidents": list(incidents)}


def incident(key: str = "i1", status: str = "investigating", *, minute: int = 10, **more: object) -> dict[str, object]:
    at = f"2026-10-25T00:{minute:02d}:00.000Z"
    return {
        "id": key,
        "name": "Elevated errors on the API",
        "status": status,
        "impact": "major",
        "created_at": "2026-10-25T00:10:00.000Z",
        "started_at": "2026-10-25T00:10:00.000Z",
        "updated_at": at,
        "monitoring_at": None,
        "resolved_at": at if status == "resolved" else None,
        "shortlink": "https://stspg.example/i1",
        "incident_updates": [
            {
                "id": "u1",
                "status": status,
                "body": "We are looking into it.",
                "display_at": at,
                "created_at": at,
                "affected_components": None,
            }
        ],
        "components": [{"id": "c1", "name": "API", "status": "major_outage"}],
    } | more


@contextmanager
def serving() -> Iterator[StatusPage]:
    page = StatusPage()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = page.documents.get(self.path, 404)
            body = found if isinstance(found, bytes) else b"" if isinstance(found, int) else json.dumps(found).encode()
            etag = f'"{hashlib.sha256(body).hexdigest()[:8]}"'
            status = found if isinstance(found, int) else 304 if self.headers.get("If-None-Match") == etag else 200
            page.asked.append((self.path, status))
            self.send_response(status)
            self.send_header("ETag", etag)
            self.send_header("Content-Length", str(len(body) if status == 200 else 0))
            self.end_headers()
            if status == 200:
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    page.url = f"http://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield page
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def follow(client: Client, page: StatusPage, kind: str = "statuspage", **more: object) -> UUID:
    response = client.post("/nexus/providers/new/", {"name": "Acmé", "url": page.url, "kind": kind, **more})
    assert response.status_code == 302, response.content.decode()
    return UUID(response["Location"].strip("/").rpartition("/")[2])


def tick(at: datetime) -> int:
    """The schedule looks; the clock of the machine had set the next reading."""
    FeedRow.objects.filter(next_at__gt=at).update(next_at=at)
    return reading.read_due(now=at)
