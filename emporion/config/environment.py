"""Everything that can be configured, read once from the environment; docs/operators/configuration.md explains each line."""

import contextlib
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from emporion.edge.types import EdgeSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The settings of one installation; each field is the variable EMPORION_<NAME>."""

    home: str = "./data"
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    database_url: str = ""
    events_url: str = ""
    secret_key: str = ""
    signing_key_file: str = ""
    push_key_file: str = ""
    debug: bool = False
    ui: bool = False
    anonymous_browsing: bool = True
    outbound_allow: str = ""
    trusted_proxies: str = ""
    edge_dir: str = ""
    weights_dir: str = ""
    gateway_waits_for_disk: bool = False
    geo_database: str = ""
    mail_url: str = "outbox:"
    mail_from: str = "Emporion <hello@emporion.example>"
    model_url: str = ""
    model_name: str = ""
    model_key: str = ""
    model_protocol: str = "openai"
    gateway_url: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_name: str = "Single sign-on"
    google_client_id: str = ""
    google_client_secret: str = ""
    x_client_id: str = ""
    x_client_secret: str = ""
    sandbox: str = "auto"
    bank_account: str = ""
    seller: str = ""
    paypal_client_id: str = ""
    paypal_client_secret: str = ""
    paypal_url: str = "https://api-m.paypal.com"
    stripe_url: str = "https://api.stripe.com"
    own_site: str = ""
    region: str = ""

    @property
    def home_path(self) -> Path:
        """The data directory, made on first use."""
        path = Path(self.home).resolve()
        path.mkdir(mode=0o700, parents=True, exist_ok=True)  # mails and uploads are nobody else's on this machine
        return path

    @property
    def site_url(self) -> str:
        """Where people reach this installation, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def takes_test_cards(self) -> bool:
        """Whether the sandbox is offered; by itself only for as long as no way to pay takes real money."""
        if self.sandbox == "auto":
            return not (self.paypal_client_id and self.paypal_client_secret) or "sandbox." in self.paypal_url
        return self.sandbox == "on"

    @property
    def own_gateway(self) -> str:
        """Where this installation's own programs reach its gateway, without a trailing slash; by default, this very process."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::", ""} else self.host  # noqa: S104 - compared, not listened on
        return (self.gateway_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def key(self) -> str:
        """The secret key: as configured, or made once and kept in the data directory, readable by its owner only."""
        if self.secret_key:
            return self.secret_key
        path = self.home_path / "secret.key"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text().strip()
        key = secrets.token_urlsafe(48)
        with os.fdopen(descriptor, "w") as file:
            file.write(key)
        return key

    @property
    def edge(self) -> EdgeSettings:
        """What the data plane is started with."""
        return EdgeSettings(
            spool=self.home_path / "spool",
            folder=Path(self.edge_dir).resolve() if self.edge_dir else self.home_path / "edge",
            trusted_proxies=tuple(proxy.strip() for proxy in self.trusted_proxies.split(",") if proxy.strip()),
            geo_database=self.geo_database,
            secret=self.key,
            outbound_allow=self.outbound_allow,
            waits_for_disk=self.gateway_waits_for_disk,
            public_url=self.site_url,
        )

    @property
    def signing_key(self) -> str:
        """The key that signs the identities told to apps: the file that is configured, or one made once in the data directory."""
        if self.signing_key_file:
            return Path(self.signing_key_file).read_text()
        return _kept_key(self.home_path / "signing.key", lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048))

    @property
    def push_key(self) -> str:
        """The key that says to push services who we are; a new one would silence every device that was turned on before."""
        if self.push_key_file:
            return Path(self.push_key_file).read_text()
        return _kept_key(self.home_path / "push.key", lambda: ec.generate_private_key(ec.SECP256R1()))


def _kept_key(path: Path, make: Callable[[], rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey]) -> str:
    """The key in a file, made where there is none, so that of several processes that start together one wins and all read it."""
    if path.exists():
        return path.read_text()
    plain = make().private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(plain)
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    return path.read_text()


def read(environ: "os._Environ[str] | dict[str, str]" = os.environ) -> Environment:
    """Read the environment; a value that does not fit its field is refused with the variable's name."""
    values: dict[str, str | int | bool] = {}
    for field in fields(Environment):
        name = f"EMPORION_{field.name.upper()}"
        if (text := environ.get(name)) is None:
            continue
        try:
            values[field.name] = _convert(text, type(field.default))
        except ValueError as error:
            raise SystemExit(f"{name}={text!r} does not fit: {error}") from error
    return Environment(**values)  # type: ignore[arg-type]  # each value was converted to the type of its field


def _convert(text: str, kind: type) -> str | int | bool:
    if kind is bool:
        if text.lower() in {"1", "true", "yes", "on"}:
            return True
        if text.lower() in {"0", "false", "no", "off", ""}:
            return False
        raise ValueError("use 1 or 0")
    if kind is int and not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError("use a whole number")
    return int(text) if kind is int else text


def database(url: str, home: Path) -> dict[str, object]:
    """Django's settings for a database address; without one, SQLite in the data directory."""
    if not url or url.startswith("sqlite:"):
        path = url.removeprefix("sqlite://") or str(home / "emporion.sqlite3")
        pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-32000;"
        options = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": pragmas}
        # A connection costs a reading of the whole schema; the threads that serve and work keep theirs.
        # Tests have a file, too: in memory, threads share one cache, where who finds a table busy is refused instead of waiting.
        tests = {"NAME": str(home / "tests.sqlite3")}
        return {"ENGINE": "emporion.plumbing.sqlite", "NAME": path, "OPTIONS": options, "CONN_MAX_AGE": None, "TEST": tests}
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise SystemExit(
            f"EMPORION_DATABASE_URL: {parts.scheme!r} is not known; use sqlite:///path or postgres://user:password@host/name"
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or parse_qs(parts.query).get("host", [""])[0],  # a folder: a Unix socket
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def identity_providers(environment: Environment) -> dict[str, dict[str, object]]:
    """The identity providers that are configured, as allauth wants them; an identity from one of them counts as verified."""
    providers: dict[str, dict[str, object]] = {}
    if environment.google_client_id:
        app = {"client_id": environment.google_client_id, "secret": environment.google_client_secret}
        scopes = ["openid", "email", "profile"]
        # Google checks addresses, so its word also opens an account that was registered with the same, verified address.
        providers["google"] = {"APPS": [app], "SCOPE": scopes, "OAUTH_PKCE_ENABLED": True, "EMAIL_AUTHENTICATION": True}
    if environment.x_client_id:
        app = {"client_id": environment.x_client_id, "secret": environment.x_client_secret}
        providers["twitter_oauth2"] = {"APPS": [app], "VERIFIED_EMAIL": True}
    if environment.oidc_issuer:
        app = {"provider_id": "sso", "name": environment.oidc_name}
        app |= {"client_id": environment.oidc_client_id, "secret": environment.oidc_client_secret}
        settings = {"server_url": environment.oidc_issuer}
        providers["openid_connect"] = {"APPS": [app | {"settings": settings}], "OAUTH_PKCE_ENABLED": True, "VERIFIED_EMAIL": True}
    return providers


def identity_origins(environment: Environment) -> list[str]:
    """Where a log-in button may lead: browsers hold redirects after a form to the policy's `form-action`."""
    parts = urlsplit(environment.oidc_issuer)
    origins = [f"{parts.scheme}://{parts.netloc}"] if environment.oidc_issuer else []
    origins += ["https://accounts.google.com"] if environment.google_client_id else []
    return origins + (["https://x.com", "https://twitter.com"] if environment.x_client_id else [])
