"""Who receives what we send: a server that keeps every post, and a phone with the keys of a real push subscription."""

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client


@dataclass(frozen=True)
class Post:
    """One request that arrived."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """Somebody's server: `posts` that arrived, and how it answers next (the last answer stays)."""

    url: str = ""
    posts: list[Post] = field(default_factory=list)
    answers: list[int] = field(default_factory=lambda: [201])

    def to(self, path: str) -> list[Post]:
        return [post for post in self.posts if post.path == path]


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """A server on this machine that the operator allows us to post to."""
    got = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            got.posts.append(Post(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(got.answers.pop(0) if len(got.answers) > 1 else got.answers[0])
            self.end_headers()

        def log_message(self, *words: object) -> None:
            """Stays quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    got.url = f"http://127.0.0.1:{server.server_port}"
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, outbound_allow=f"127.0.0.1:{server.server_port}")
    yield got
    server.shutdown()
    server.server_close()


@dataclass
class Phone:
    """A browser that was turned on: it alone can read what is pushed to it."""

    receiver: Receiver
    name: str = "phone"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = b"0123456789abcdef"

    def turn_on(self, client: Client) -> Any:
        """What the page sends when its person taps the button."""
        point = self.key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        keys = {"p256dh": _text(point), "auth": _text(self.auth)}
        said = {"endpoint": f"{self.receiver.url}/push/{self.name}", "keys": keys, "expirationTime": None}
        return client.post("/notifications/devices/", json.dumps(said), content_type="application/json")

    @property
    def pushes(self) -> list[dict[str, Any]]:
        """What arrived, decrypted."""
        posts = self.receiver.to(f"/push/{self.name}")
        return [json.loads(http_ece.decrypt(post.body, private_key=self.key, auth_secret=self.auth)) for post in posts]

    def claims(self, server_key: str) -> dict[str, Any]:
        """Who sent the last push, by its signature, checked with the key that the page gave the browser."""
        words = self.receiver.to(f"/push/{self.name}")[-1].headers["authorization"].removeprefix("vapid ")
        told = dict(part.strip().split("=", 1) for part in words.split(","))
        assert told["k"] == server_key
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), base64.urlsafe_b64decode(told["k"] + "=="))
        return jwt.decode(told["t"], point, algorithms=["ES256"], audience=self.receiver.url)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.fixture
def phone(receiver: Receiver) -> Phone:
    return Phone(receiver)
