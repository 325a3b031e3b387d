"""The agent in a running installation: in a browser, and across a kill -9."""

import http.client
import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, expect

from emporion.agents.tests.installation import Installation
from emporion.agents.tests.model_server import ModelServer

pytestmark = pytest.mark.long
QUESTION = "How long are both signing secrets valid?"


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Made once; each test starts a copy of it."""
    one = Installation(home=tmp_path_factory.mktemp("seeded"))
    one.seed()
    return one


@pytest.fixture
def installation(seeded: Installation, tmp_path: Path) -> Iterator[Installation]:
    shutil.copytree(seeded.home, tmp_path / "home")
    one = replace(seeded, home=tmp_path / "home")
    yield one
    one.kill()


@pytest.mark.browser
@pytest.mark.requirement("BUY-14", "BUY-17", "BUY-23")
def test_a_person_teaches_the_handbook_and_asks_it_in_the_browser(
    installation: Installation, chromium: Browser, handbook: Path
) -> None:
    installation.start()
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.add_cookies([{"name": "sessionid", "value": installation.session, "url": installation.url}])
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{installation.url}/agents/{installation.agent_id}/training/")
    page.set_input_files("#sources input[type=file]", [str(one) for one in sorted(handbook.glob("*.md"))[:3]])
    expect(page.locator("#sources .state.good")).to_have_count(4)
    page.goto(f"{installation.url}/agents/{installation.agent_id}/")
    page.get_by_label("Your question").fill("How much vacation do employees get?")
    page.keyboard.press("Enter")
    expect(page.locator("#log article").last).to_contain_text("20 days")
    expect(page.locator("#source mark")).to_contain_text("20 days")
    page.locator("#log .cite").first.click()
    page.get_by_role("link", name="Open document").click()
    expect(page.locator("mark#lit")).to_contain_text("20 days")
    page.go_back()
    page.get_by_label("Your question").fill("Who won the football world cup in Qatar?")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#log .unknown")).to_contain_text("don’t know")
    page.get_by_role("button", name="Good answer").last.click()
    page.get_by_role("button", name="Hand over to a person").last.click()
    expect(page.locator("#log")).to_contain_text("A person has been asked for.")
    assert complaints == []
    context.close()


@pytest.mark.requirement("REL-01")
def test_kill_9_in_the_middle_of_an_answer_keeps_the_question_and_lets_it_be_answered_again(
    installation: Installation, model_server: ModelServer
) -> None:
    installation.extra = {"EMPORION_MODEL_URL": f"{model_server.url}/v1", "EMPORION_MODEL_NAME": "test-model"}
    installation.start()
    model_server.stall = threading.Event()
    conversation = ask_and_kill(installation)
    model_server.stall.set()
    model_server.stall = None
    installation.start()
    page = read(installation, f"/agents/{installation.agent_id}/?conversation={conversation}")
    assert page.count(f">{QUESTION}<") == 1
    assert "This answer was interrupted." in page
    # Whoever asks again, with the question's own key, gets one answer, not two.
    for _ in range(2):
        post(installation, {"question": QUESTION, "conversation": conversation, "key": "only-once"})
    page = read(installation, f"/agents/{installation.agent_id}/?conversation={conversation}")
    assert page.count(f">{QUESTION}<") == 1
    assert page.count("Both secrets stay valid for 24 hours") == 2  # the answer, and its Copy button
    assert "<b>1</b> of 1,000" in page


def ask_and_kill(installation: Installation) -> str:
    """Ask, read the first event, then kill the server in the middle of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=60)
    body = urlencode({"question": QUESTION, "key": "only-once", "csrfmiddlewaretoken": "c" * 32})
    connection.request("POST", f"/agents/{installation.agent_id}/chat/", body, headers(installation, "text/event-stream"))
    response = connection.getresponse()
    assert response.status == 200, response.read()
    assert response.readline() == b"event: started\n"
    told = json.loads(response.readline().removeprefix(b"data: "))
    installation.kill()
    connection.close()
    return str(told["conversation"])


def headers(installation: Installation, accept: str = "text/html") -> dict[str, str]:
    return {
        "Cookie": f"sessionid={installation.session}; csrftoken={'c' * 32}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": accept,
        "Origin": installation.url,
    }


def read(installation: Installation, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=60)
    connection.request("GET", path, headers=headers(installation))
    return connection.getresponse().read().decode()


def post(installation: Installation, fields: dict[str, str]) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=60)
    body = urlencode({**fields, "csrfmiddlewaretoken": "c" * 32})
    connection.request("POST", f"/agents/{installation.agent_id}/chat/", body, headers(installation, "text/event-stream"))
    return connection.getresponse().read().decode()
