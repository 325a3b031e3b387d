"""The website of Larkspur Goods, the shop that Returns Desk's demo is about: its policy as pages, served to the product.

The shop is made up; what the product reads on its website, and what it finds there, is not.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from markdown_it import MarkdownIt

ADDRESS = "larkspur.example"
POLICY = Path(__file__).resolve().parents[2] / "catalogue/returns-desk/knowledge"
PAGES = {
    "returns": "returning-something.md",
    "refunds": "refunds-and-exchanges.md",
    "warranty": "damage-and-warranty.md",
    "shipping": "shipping.md",
}
HOME = """# Larkspur Goods

Lamps, linen and things for the table.

- [Returning something](/returns/)
- [Refunds and exchanges](/refunds/)
- [Damage and warranty](/warranty/)
- [Shipping](/shipping/)
- [Gift cards](/gift-cards/)
- [Follow your parcel](https://track.parcel.example/)
- [The summer catalogue](/files/summer.pdf)
"""


class Shop:
    """Its pages as they are now; a page that is taken away answers with error 404."""

    def __init__(self) -> None:
        self.pages = {"": HOME} | {name: (POLICY / file).read_text(encoding="utf-8") for name, file in PAGES.items()}

    def rewrite(self, name: str, before: str, after: str) -> None:
        """Change the words of a page, as its owner would."""
        if before not in self.pages[name]:
            raise LookupError(before)
        self.pages[name] = self.pages[name].replace(before, after)

    def take_away(self, name: str) -> None:
        """The page is gone, and the links to it stay."""
        del self.pages[name]

    def html(self, name: str) -> str:
        """A page as it is sent."""
        body = MarkdownIt("commonmark").enable("table").render(self.pages[name])
        title = self.pages[name].splitlines()[0].lstrip("# ")
        head = f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>"
        return f'{head}<body><nav><a href="/">Larkspur Goods</a></nav><main>{body}</main></body></html>'

    @contextmanager
    def serving(self) -> Iterator["Shop"]:
        """The shop's website is there, at port 80."""
        shop = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.strip("/")
                known = name in shop.pages
                body = (shop.html(name) if known else "Not found").encode()
                self.send_response(200 if known else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_HEAD = do_GET  # noqa: N815 - the name is the server's

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the server's
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 80), Answer)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
