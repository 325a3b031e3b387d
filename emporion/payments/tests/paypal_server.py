"""PayPal as far as Orders v2 goes, on a local port, with a memory: what it was asked, which orders there are, who approved."""

import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CREDENTIALS = "Basic " + b64encode(b"client-1:secret-1").decode()


class PayPal:
    """The state of the fake: orders by id, answers by request id, faults to show."""

    def __init__(self) -> None:
        self.orders: dict[str, dict] = {}
        self.answers: dict[tuple[str, str], tuple[int, dict]] = {}
        self.calls: list[tuple[str, str, dict]] = []
        self.away = False
        self.decline = False
        self.is_silent_at_capture = False
        self.url = ""

    def answer(self, method: str, path: str, headers: dict, body: bytes) -> tuple[int, dict]:
        if self.away:
            return 503, {"name": "SERVICE_UNAVAILABLE"}
        if path == "/v1/oauth2/token":
            good = headers.get("authorization") == CREDENTIALS and body == b"grant_type=client_credentials"
            return (
                (200, {"access_token": "A21", "token_type": "Bearer", "expires_in": 32400})
                if good
                else (401, {"error": "invalid_client"})
            )
        if headers.get("authorization") != "Bearer A21":
            return 401, {"name": "AUTHENTICATION_FAILURE"}
        content = json.loads(body) if body else {}
        self.calls.append((method, path, content))
        key = (path, headers.get("paypal-request-id", ""))
        if method == "POST" and not key[1]:
            return 400, {"name": "INVALID_REQUEST", "details": [{"issue": "MISSING_REQUEST_ID"}]}
        if key not in self.answers or method == "GET":
            self.answers[key] = self._do(method, path, content)
        if self.is_silent_at_capture and path.endswith("/capture"):
            return 503, {"name": "SERVICE_UNAVAILABLE"}
        return self.answers[key]

    def _do(self, method: str, path: str, content: dict) -> tuple[int, dict]:
        parts = path.strip("/").split("/")
        if (method, path) == ("POST", "/v2/checkout/orders"):
            return self._create(content)
        if parts[:3] == ["v2", "checkout", "orders"] and parts[3] in self.orders:
            return (200, self.orders[parts[3]]) if method == "GET" else self._capture(self.orders[parts[3]])
        if parts[:3] == ["v2", "payments", "captures"] and parts[-1] == "refund":
            return self._refund(parts[3], content)
        return 404, {"name": "RESOURCE_NOT_FOUND"}

    def _create(self, content: dict) -> tuple[int, dict]:
        if content.get("intent") != "CAPTURE" or "paypal" not in content.get("payment_source", {}):
            return 400, {"name": "INVALID_REQUEST", "details": [{"issue": "MISSING_REQUIRED_PARAMETER"}]}
        number = f"5O190127TN{len(self.orders):07d}"
        order = {
            "id": number,
            "status": "PAYER_ACTION_REQUIRED",
            "payment_source": {"paypal": {}},
            "purchase_units": content["purchase_units"],
            "links": [
                {"href": f"{self.url}/v2/checkout/orders/{number}", "rel": "self", "method": "GET"},
                {"href": f"https://www.sandbox.paypal.com/checkoutnow?token={number}", "rel": "payer-action", "method": "GET"},
            ],
        }
        self.orders[number] = order
        return 200, order

    def _capture(self, order: dict) -> tuple[int, dict]:
        if order["status"] != "APPROVED":
            return 422, {"name": "UNPROCESSABLE_ENTITY", "details": [{"issue": "ORDER_NOT_APPROVED"}]}
        if self.decline:
            return 422, {"name": "UNPROCESSABLE_ENTITY", "details": [{"issue": "INSTRUMENT_DECLINED"}]}
        unit = order["purchase_units"][0]
        capture = {"id": f"3C6{order['id']}", "status": "COMPLETED", "amount": unit["amount"], "custom_id": unit["custom_id"]}
        unit["payments"] = {"captures": [capture], "refunds": []}
        order["status"] = "COMPLETED"
        return 201, order

    def _refund(self, capture_id: str, content: dict) -> tuple[int, dict]:
        payments = next(
            unit["payments"]
            for order in self.orders.values()
            for unit in order["purchase_units"]
            if unit.get("payments", {}).get("captures", [{}])[0].get("id") == capture_id
        )
        refund = {"id": f"1JU{len(payments['refunds'])}", "status": "COMPLETED", **content}
        payments["refunds"].append(refund)
        payments["captures"][0]["status"] = "PARTIALLY_REFUNDED"
        return 201, refund


@contextmanager
def serving() -> Iterator[PayPal]:
    """Serve on a free port of this machine."""
    paypal = PayPal()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, content = paypal.answer(self.command, self.path, headers, body)
            raw = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = _handle  # noqa: N815 - the names that http.server looks for

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    paypal.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield paypal
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
