"""The guard of outbound addresses, tried with the tricks that get around naive ones."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from emporion.kernel.errors import DomainError
from emporion.plumbing.errors import AddressRefused, AddressUnreachable, AnswerTooLarge
from emporion.plumbing.outbound import Request, fetch

DRIPS = threading.Event()  # never set: a clock


@cache
def bomb() -> bytes:
    return gzip.compress(bytes(50_000_000))


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/to-metadata":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data/")
            self.end_headers()
            return
        if self.path == "/circle":
            self.send_response(302)
            self.send_header("Location", "/circle")
            self.end_headers()
            return
        if self.path == "/too-far":
            self.send_response(302)
            self.send_header("Location", f"/{'a' * 70_000}")
            self.end_headers()
            return
        if self.path == "/dripping":
            self.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
            self._drip()
            return
        if self.path.startswith("/bomb"):
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip" if self.path == "/bomb" else "gzip, gzip")
            self.end_headers()
            self.wfile.write(bomb() if self.path == "/bomb" else gzip.compress(bomb()))
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"x" * 5000)

    def _drip(self) -> None:
        with suppress(OSError):
            for _turn in range(60):
                self.wfile.write(b"x")
                self.wfile.flush()
                DRIPS.wait(0.05)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def allowed(site: str, settings) -> str:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, outbound_allow=site.removeprefix("http://"))
    return site


@pytest.mark.requirement("SEC-02")
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0/",
        "http://localhost/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://10.0.0.1/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/",
        "http://100.64.0.1/",
        "http://[fd00::1]/",
        "http://[fe80::1]/",
        "http://224.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://user:password@127.0.0.1/",
        "http://",
        "http://127.0.0.1:99999/",
    ],
)
def test_private_and_odd_addresses_are_refused(url: str) -> None:
    with pytest.raises((AddressRefused, AddressUnreachable)):
        fetch(Request(url=url))


def test_an_address_that_the_operator_allows_is_read(allowed: str) -> None:
    assert len(fetch(Request(url=allowed)).body) == 5000


@pytest.mark.requirement("SEC-02")
def test_a_redirect_to_a_private_address_is_refused(allowed: str) -> None:
    with pytest.raises(AddressRefused):
        fetch(Request(url=f"{allowed}/to-metadata"))


@pytest.mark.parametrize(("path", "error"), [("/circle", AddressUnreachable), ("/", AnswerTooLarge)])
def test_circles_and_giants_end_with_a_clear_error(allowed: str, path: str, error: type[DomainError]) -> None:
    with pytest.raises(error):
        fetch(Request(url=allowed + path, max_bytes=1000))


@pytest.mark.requirement("SEC-02")
def test_a_server_that_sends_a_byte_now_and_then_holds_nobody_up(allowed: str) -> None:
    with pytest.raises(AddressUnreachable):
        fetch(Request(url=f"{allowed}/dripping", seconds=0.4))


@pytest.mark.requirement("SEC-02")
def test_a_few_bytes_that_unpack_to_very_many_are_given_up_in_time(allowed: str) -> None:
    with pytest.raises(AnswerTooLarge):
        fetch(Request(url=f"{allowed}/bomb", max_bytes=1_000_000))
    assert len(fetch(Request(url=f"{allowed}/bomb-in-a-bomb", max_bytes=1_000_000)).body) < 100_000


@pytest.mark.requirement("SEC-02")
def test_an_address_that_cannot_be_asked_is_unreachable_and_breaks_nobody(allowed: str) -> None:
    with pytest.raises(AddressUnreachable):
        fetch(Request(url=f"{allowed}/too-far"))
