"""The theme without JavaScript, and the living page."""

import pytest
from django.test import Client

from emporion.ui import specimens


@pytest.mark.requirement("UX-01")
@pytest.mark.django_db
def test_the_theme_is_remembered_without_javascript_and_leads_back(client: Client) -> None:
    answer = client.post("/appearance/", {"theme": "dark"}, headers={"referer": "http://testserver/marketplace/"})
    assert answer.status_code == 302
    assert answer["Location"] == "http://testserver/marketplace/"
    assert answer.cookies["theme"].value == "dark"


@pytest.mark.requirement("UX-01")
@pytest.mark.django_db
def test_the_theme_leads_to_no_foreign_site(client: Client) -> None:
    answer = client.post("/appearance/", {"theme": "neon"}, headers={"referer": "https://evil.example/"})
    assert answer["Location"] == "/"
    assert answer.cookies["theme"].value == ""


@pytest.mark.requirement("UX-01")
@pytest.mark.django_db
def test_the_page_is_sent_in_the_chosen_theme(client: Client, settings) -> None:  # type: ignore[no-untyped-def]
    settings.SHOW_UI = True
    client.cookies["theme"] = "dark"
    assert b'data-theme="dark"' in client.get("/ui/").content
    client.cookies["theme"] = '"><script>'
    assert b"data-theme=" not in client.get("/ui/").content.split(b"<body")[0]


@pytest.mark.requirement("UX-01")
@pytest.mark.django_db
@pytest.mark.parametrize("frame", specimens.FRAMES)
def test_the_living_page_shows_every_frame_in_development_only(client: Client, settings, frame: str) -> None:  # type: ignore[no-untyped-def]
    settings.SHOW_UI = True
    assert client.get(f"/ui/{frame}/").status_code == 200
    settings.SHOW_UI = False
    assert client.get(f"/ui/{frame}/").status_code == 404


@pytest.mark.requirement("UX-01")
def test_every_component_is_on_the_living_page() -> None:
    templates = specimens.SOURCES.parents[1]
    components = {path.relative_to(templates).as_posix() for path in [*templates.glob("*.html"), *templates.glob("chat/*.html")]}
    frames = {"base.html", "shell.html", "public.html", "checkout.html", "auth.html", "error.html"}
    shown = "".join(path.read_text() for path in templates.rglob("*.html"))
    by_tag = {f"{name}.html" for name in ("card", "dialog", "menu", "meter", "spark", "hours", "form", "field", "sort")}
    unseen = {one for one in components - frames - by_tag if f'"ui/{one}"' not in shown}
    assert unseen - {"palette_results.html"} == set()
