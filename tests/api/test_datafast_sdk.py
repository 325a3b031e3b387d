"""DataFast's own client from npm, unmodified, and our script, against the real collection: what they send is what is kept."""

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Page
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from emporion.edge import snapshot
from emporion.edge.application import Edge
from emporion.edge.types import EdgeSettings
from emporion.insights.sites.types import Collection
from emporion.kernel.ids import new_id
from emporion.store import Spool
from emporion.store.schemas import SiteEvent
from emporion.store.types import Event

SDK = "datafast@3.0.18"
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"

pytestmark = [pytest.mark.requirement("INS-02")]


class Recording(Spool):
    """The real spool, which also remembers what was handed to it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.kept: list[Event] = []

    async def append_records(self, records: Sequence[bytes]) -> None:
        await super().append_records(records)
        self.kept += [self.codec.decode(record) for record in records]


@dataclass
class Collecting:
    """A running data plane that knows one website, `localhost`."""

    url: str
    spool: Recording
    pages: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """The same server as another origin."""
        return self.url.replace("127.0.0.1", "localhost")

    def put(self, path: str, body: str, kind: str = "text/html") -> None:
        """A page of the website; a browser lets pages of this machine alone talk to this machine."""
        self.pages[path] = (body.replace("SERVER", self.url), f"{kind}; charset=utf-8")

    @property
    def events(self) -> list[SiteEvent]:
        """What counts so far; nothing was dropped."""
        assert all(isinstance(event, SiteEvent) for event in self.spool.kept), self.spool.kept
        return list(self.spool.kept)


@pytest.fixture
def collecting(tmp_path: Path) -> Iterator[Collecting]:
    collection = Collection(
        site_id=new_id(), public_id="dfid_contract", organisation_id=new_id(), project_id=new_id(), domain="localhost",
        hostnames=("shop.example",), allows_localhost=True,
    )  # fmt: skip
    settings = EdgeSettings(spool=tmp_path / "spool", folder=tmp_path / "edge")
    settings.folder.mkdir(parents=True)
    snapshot.write(settings.snapshot, lambda: (collection,))
    spool = Recording(settings.spool)
    found, edge = Collecting(url="", spool=spool), Edge(settings, spool)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body, kind = found.pages.get(scope["path"], ("", ""))
        await (Response(body, media_type=kind) if kind else edge)(scope, receive, send)

    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the data plane did not start"
        thread.join(0.02)
    found.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield found
    server.should_exit = True
    thread.join(10)
    spool.close()


@pytest.fixture(scope="session")
def sdk() -> Path:
    """The client's package, fetched once into a folder that later runs find again."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("npm and node are not installed, and the client comes from there")
    home = Path(os.environ.get("EMPORION_PEERS", Path(tempfile.gettempdir()) / "emporion-peers")) / SDK.replace("@", "-")
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "installed").exists():
        command = [
            npm,
            "install",
            "--no-audit",
            "--no-fund",
            "--silent",
            "--omit=peer",
            "--legacy-peer-deps",
            "--prefix",
            home,
            SDK,
        ]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
        if done.returncode:
            pytest.skip(f"npm could not install the client: {done.stderr[-200:]}")
        (home / "installed").touch()
    return home / "node_modules/datafast/dist"


NATIVE = """
const { DataFastClient, createMemoryStorageAdapter } = require(process.argv[1]);
(async () => {
  const client = new DataFastClient();
  await client.init({ appId: "dfid_contract", domain: "shop.example", platform: "ios", osVersion: "18.1",
    storage: createMemoryStorageAdapter(), network: { isConnected: async () => true }, apiUrl: process.argv[2] });
  client.setDeviceInfo({ platform: "ios", osVersion: "18.1", screenWidth: 390, screenHeight: 844,
    language: "de-DE", timezone: "Europe/Athens" });
  await client.trackScreen("Prices");
  await client.track("Sign_Up", { plan: "frée", seats: 3 });
  await client.identify("u1", { name: "Zoë" });
  await client.trackPayment({ email: "zoe@shop.example", amount: 99.5, currency: "EUR" });
  await client.trackExternalLink("https://elsewhere.example/x", "Elsewhere");
  await client.flush();
  console.log(client.getVisitorId());
  await client.shutdown();
})();
"""


@pytest.mark.peers
def test_the_client_in_an_app_sends_every_kind_of_event(sdk: Path, collecting: Collecting) -> None:
    command = ["node", "-e", NATIVE, str(sdk / "web/index.js"), f"{collecting.url}/api/events"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    events = collecting.events
    assert [event.kind for event in events] == ["pageview", "goal", "identify", "payment", "outbound"]
    assert {str(event.visitor_id) for event in events} == {done.stdout.strip()}
    assert (events[0].host, events[0].path) == ("shop.example", "/__app/ios/Prices")
    assert (events[0].system, events[0].language, events[0].screen) == ("iOS", "de-DE", "390x844")
    assert (events[1].name, events[1].params) == ("sign_up", {"plan": "frée", "seats": "3"})
    assert events[2].user_ref == "u1"
    assert events[3].params | {"email": "zoe@shop.example", "amount": "99.5", "currency": "EUR"} == events[3].params
    assert events[4].name == "elsewhere.example"


WEB = """
<script type="module">
import { initDataFast } from "/datafast.mjs";
const client = await initDataFast({ websiteId: "dfid_contract", domain: "localhost", apiUrl: "SERVER/api/events",
  allowLocalhost: true, autoCapturePageviews: true, cookieless: COOKIELESS, flushInterval: 600000, maxQueueSize: 100 });
window.client = client;
window.path = client.buildCrossDomainUrl("https://shop.example/in");
</script>
"""
OURS = '<script defer src="SERVER/js/NAME" data-website-id="dfid_contract" data-domain="localhost" data-allow-localhost></script>'


@pytest.fixture
def tab(chromium, collecting: Collecting) -> Iterator[Page]:
    """A tab in which no program is seen to drive, on pages that `pages` holds."""
    context = chromium.new_context(user_agent=PERSON, viewport={"width": 1280, "height": 720})
    context.add_init_script("Object.defineProperty(Navigator.prototype, 'webdriver', { get: () => false })")
    yield context.new_page()
    context.close()


@pytest.mark.peers
@pytest.mark.browser
def test_the_client_in_a_browser_and_our_script_know_the_same_visitor(sdk: Path, collecting: Collecting, tab: Page) -> None:
    collecting.put("/datafast.mjs", (sdk / "web/index.mjs").read_text(), "text/javascript")
    collecting.put("/sdk", WEB.replace("COOKIELESS", "false"))
    collecting.put("/private", WEB.replace("COOKIELESS", "true"))
    collecting.put("/ours", OURS.replace("NAME", "script.js"))
    collecting.put("/ours-private", OURS.replace("NAME", "script.cookieless.js"))
    tab.goto(f"{collecting.host}/sdk?utm_source=news&gclid=1")
    tab.wait_for_function("window.client")
    tab.evaluate("history.pushState(null, '', '/prices')")
    tab.wait_for_function("client.queue.size == 2")
    visitor = tab.evaluate(
        "client.track('add_to_cart', { price: 49 }).then(() => client.flush()).then(() => client.getVisitorId())"
    )
    assert [(event.kind, event.path, event.name) for event in collecting.events] == [
        ("pageview", "/sdk", ""),
        ("pageview", "/prices", ""),
        ("goal", "/prices", "add_to_cart"),
    ]
    assert (collecting.events[0].utm_source, collecting.events[0].click_id) == ("news", "gclid")
    assert {str(event.visitor_id) for event in collecting.events} == {visitor}

    with tab.expect_response("**/api/events") as said:
        tab.goto(f"{collecting.host}/ours")
    assert said.value.status == 202
    assert str(collecting.events[3].visitor_id) == visitor, "whoever moves from one to the other keeps their visitors"
    assert (collecting.events[3].path, collecting.events[3].origin) == ("/ours", "script")

    tab.goto(f"{collecting.host}/private")
    tab.wait_for_function("window.client")
    told = tab.evaluate("client.flush().then(() => client.getVisitorId())")
    assert collecting.events[4].is_cookieless
    assert str(collecting.events[4].visitor_id) == told != visitor
    with tab.expect_response("**/api/events"):
        tab.goto(f"{collecting.host}/ours-private")
    tab.wait_for_function(f"datafast.visitorId == '{told}'")
    assert collecting.events[5].visitor_id == collecting.events[4].visitor_id
