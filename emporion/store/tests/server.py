"""ClickHouse's HTTP interface in front of chDB, so that the same tests run over `http://` without a ClickHouse server.

It speaks what the client speaks: the statement in the body or in `query`, values in `param_x`, settings as other parameters,
inserts as `INSERT … FORMAT Native` followed by the block, errors with `X-ClickHouse-Exception-Code`. Run: `server.py DIR PORT`.
"""

import base64
import re
import sys
import tempfile
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import chdb
from clickhouse_connect.driver._backend.chdb_backend import CHDB_TRANSPORT_SETTINGS, _decompress

USER, PASSWORD = "emporion", "pässword:1"
_INSERT = re.compile(rb"\s*INSERT\s+INTO\s.*?\bFORMAT\s+(\w+)[ \t]*\n?", re.IGNORECASE | re.DOTALL)
_CODE = re.compile(r"Code: (\d+)")


class Engine:
    """One statement at a time on a handle of its own, because settings and the database live on the handle."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.keep_open = chdb.connect(path)
        self.lock = threading.Lock()

    def run(self, statement: bytes, query: dict[str, str]) -> bytes:
        settings = {k: v for k, v in query.items() if not k.startswith("param_") and k not in CHDB_TRANSPORT_SETTINGS | {"query"}}
        params = {k.removeprefix("param_"): v for k, v in query.items() if k.startswith("param_")}
        with self.lock:
            handle = chdb.connect(self.path)
            try:
                if query.get("database"):
                    handle.query(f"USE `{query['database']}`")
                for name, value in settings.items():
                    handle.query(f"SET {name} = '{value}'")
                return self._insert(handle, statement) or handle.query(statement.decode(), "TabSeparated", params=params).bytes()
            finally:
                handle.close()

    def _insert(self, handle, statement: bytes) -> bytes:
        head = _INSERT.match(statement)
        if head is None:
            return b""
        into, form = head[0].decode().rsplit("FORMAT", 1)
        with tempfile.NamedTemporaryFile(suffix=".block") as file:
            file.write(statement[head.end() :])
            file.flush()
            handle.query(f"{into} FROM INFILE '{file.name}' FORMAT {form.strip()}")
        return b"\n"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together: the body would wait for the head's receipt, 40 ms
    engine: Engine

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self._body())

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while size := int(self.rfile.readline().strip() or b"0", 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        encoding = self.headers.get("Content-Encoding")
        return _decompress(body, encoding) if encoding else body

    def _answer(self, body: bytes) -> None:
        url = urlsplit(self.path)
        if url.path == "/ping":
            self._send(HTTPStatus.OK, b"Ok.\n")
            return
        wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") != wanted:
            self._send(
                HTTPStatus.FORBIDDEN, b"Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)", code="516"
            )
            return
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        statement = query.get("query", "").encode()
        statement = statement + b"\n" + body if statement and body else statement or body
        try:
            answer = self.engine.run(statement, query)
        except RuntimeError as error:
            found = _CODE.search(str(error))
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR, str(error).encode(), code=found[1] if found else "1")
            return
        self._send(HTTPStatus.OK, answer if answer != b"\n" else b"")

    def _send(self, status: HTTPStatus, body: bytes, *, code: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-ClickHouse-Timezone", "UTC")
        if code:
            self.send_header("X-ClickHouse-Exception-Code", code)
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    folder, port = sys.argv[1:]
    Path(folder).mkdir(parents=True, exist_ok=True)
    Handler.engine = Engine(folder)
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
    print("ready", server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
