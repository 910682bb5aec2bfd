"""The environment, as one typed object. `.env.example` documents every variable."""

import functools
import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
DEFAULT_SECRET = "only-for-the-demo-and-for-tests"  # noqa: S105 refused outside DEMO by `problems`
SANDBOX_KEY = "sk_test_sandbox"
SANDBOX_WEBHOOK_SECRET = "whsec_sandbox"  # noqa: S105 the sandbox listens on this machine only
STRIPE = "https://api.stripe.com"
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


def one_of(*beginnings: str) -> AfterValidator:
    """A URL that is empty or begins with one of these."""

    def check(url: str) -> str:
        if url and not url.startswith(beginnings):
            raise ValueError(f"must begin with {' or '.join(beginnings)}")
        return url

    return AfterValidator(check)


def _a_port(url: str) -> str:
    try:
        urlsplit(url).port  # noqa: B018 raises
    except ValueError:
        raise ValueError("must have a number as its port") from None
    return url


def _a_rate(limit: str) -> str:
    if not re.fullmatch(rf"[1-9][0-9]{{0,8}}/({'|'.join(SECONDS)})", limit):
        raise ValueError("must be how many requests per second, minute, hour or day, like 600/minute")
    return limit


def _an_address(sender: str) -> str:
    local, _, domain = parseaddr(sender)[1].rpartition("@")
    if not local or not domain:
        raise ValueError("must be an address, like Switchboard <no-reply@example.com>")
    return sender


@dataclass(frozen=True)
class StripeAccess:
    """How to reach Stripe, or the sandbox instead."""

    secret_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    api_base: str


class Config(BaseSettings):
    """The environment. Every setting has a default that works on one machine."""

    model_config = SettingsConfigDict(env_file=ROOT / ".env", extra="ignore", frozen=True, hide_input_in_errors=True)

    demo: bool = False
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    app_url: str = ""
    database_url: Annotated[str, one_of("sqlite:///", "postgresql://", "postgresql+psycopg://")] = Field(
        default=f"sqlite:///{VAR / 'settings.db'}", repr=False
    )
    redis_url: Annotated[str, one_of("redis://", "rediss://"), AfterValidator(_a_port)] = Field(default="", repr=False)
    api_key_pepper: str = Field(default=DEFAULT_SECRET, repr=False)
    api_key_pepper_fallbacks: str = Field(default="", repr=False)
    api_rate_limit: Annotated[str, AfterValidator(_a_rate)] = "600/minute"
    secret_key: str = Field(default=DEFAULT_SECRET, repr=False)
    smtp_url: Annotated[str, one_of("smtp://", "smtps://"), AfterValidator(_a_port)] = Field(default="", repr=False)
    mail_from: Annotated[str, AfterValidator(_an_address)] = "Switchboard <no-reply@localhost>"
    mail_dir: Path = VAR / "outbox"
    storage_url: str = Field(default=f"file://{VAR / 'storage'}", repr=False)
    stripe_secret_key: str = Field(default="", repr=False)
    stripe_webhook_secret: str = Field(default="", repr=False)
    stripe_api_base: Annotated[str, one_of("http://", "https://")] = ""
    sandbox_port: Annotated[int, Field(ge=0, le=65535)] = 0
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    trusted_proxy_hops: Annotated[int, Field(ge=0, le=8)] = 0
    log_format: Literal["", "json", "text"] = ""
    metrics_token: str = Field(default="", repr=False)

    @property
    def origin(self) -> str:
        """Scheme, host and port that people use, like `https://app.example.com`."""
        url = self.app_url or f"http://localhost:{self.port}"
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}".lower()

    @property
    def host(self) -> str:
        """The Host header of our origin."""
        return urlsplit(self.origin).netloc

    @property
    def secure(self) -> bool:
        """Whether people connect over https."""
        return self.origin.startswith("https://")

    @property
    def bind(self) -> str:
        """The interface to listen on: the demo never leaves this machine."""
        return "127.0.0.1" if self.demo else "0.0.0.0"  # noqa: S104

    @property
    def api_limit(self) -> tuple[int, int]:
        """How many requests each API key may make in how many seconds."""
        times, _, unit = self.api_rate_limit.partition("/")
        return int(times), SECONDS[unit]

    @property
    def sandboxed(self) -> bool:
        """Whether the sandbox on this machine replaces Stripe: in the demo, unless a key is set."""
        return self.demo and not self.stripe_secret_key

    @property
    def sandbox_listens(self) -> int:
        """The sandbox's port: SANDBOX_PORT, or the one after ours."""
        return self.sandbox_port or self.port + 1

    @property
    def stripe(self) -> StripeAccess | None:
        """How to reach Stripe; None if no key is set and the sandbox is not used."""
        if self.sandboxed:
            return StripeAccess(SANDBOX_KEY, SANDBOX_WEBHOOK_SECRET, f"http://127.0.0.1:{self.sandbox_listens}")
        if not self.stripe_secret_key:
            return None
        return StripeAccess(self.stripe_secret_key, self.stripe_webhook_secret, self.stripe_api_base or STRIPE)

    def url(self, path: str) -> str:
        """Return the full URL of one of our paths."""
        return f"{self.origin}{path}"

    @property
    def former_peppers(self) -> list[str]:
        """The peppers that keys were stored with before, the latest first."""
        return [pepper for pepper in (one.strip() for one in self.api_key_pepper_fallbacks.split(",")) if pepper]

    def secrets(self) -> list[str]:
        """Return every value that must not appear in a log."""
        urls = (self.database_url, self.redis_url, self.smtp_url, self.storage_url)
        passwords = [word for url in urls if (word := _password(url))]
        keys = [self.secret_key, self.api_key_pepper, *self.former_peppers, self.metrics_token]
        return [*keys, self.stripe_secret_key, self.stripe_webhook_secret, *passwords]

    def problems(self) -> list[str]:
        """Return why this configuration must not serve people; empty if it may."""
        found = []
        if not self.demo and self.secret_key == DEFAULT_SECRET:
            found.append("SECRET_KEY is not set. It signs the links in emails. Set at least 32 random characters.")
        elif not self.demo and len(self.secret_key) < 32:
            found.append("SECRET_KEY is shorter than 32 characters.")
        if not self.demo and self.api_key_pepper == DEFAULT_SECRET:
            found.append(
                "API_KEY_PEPPER is not set. It protects the digests of API keys. Set at least 32 random characters."
            )
        elif not self.demo and len(self.api_key_pepper) < 32:
            found.append("API_KEY_PEPPER is shorter than 32 characters.")
        if self.metrics_token and len(self.metrics_token) < 32:
            found.append("METRICS_TOKEN is shorter than 32 characters.")
        if "*" in self.app_url:
            found.append("An origin of * would let any site act for your users. Set your own origin in APP_URL.")
        elif not _is_origin(self.app_url or self.origin):
            found.append("APP_URL must be a scheme and host only, like https://app.example.com.")
        if not _is_storage(self.storage_url):
            found.append("STORAGE_URL must be file:///folder or s3://bucket/prefix.")
        if self.stripe_secret_key and not self.stripe_secret_key.startswith(("sk_", "rk_")):
            found.append("STRIPE_SECRET_KEY must be a secret or restricted key: sk_… or rk_….")
        if self.stripe_webhook_secret and not self.stripe_webhook_secret.startswith("whsec_"):
            found.append("STRIPE_WEBHOOK_SECRET must be the signing secret of the webhook endpoint: whsec_….")
        if self.stripe_api_base and not _is_origin(self.stripe_api_base):
            found.append("STRIPE_API_BASE must be a scheme and host only, like https://api.stripe.com.")
        if self.workers > 1 and not self.redis_url:
            found.append("WORKERS above 1 needs REDIS_URL, through which the workers share state.")
        return found


def _password(url: str) -> str:
    try:
        return unquote(urlsplit(url).password or "")
    except ValueError:  # an address that cannot be reached either
        return ""


def _is_origin(url: str) -> bool:
    parts = urlsplit(url)
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # no number
        return False
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    alone = parts.path in {"", "/"} and not parts.query and not parts.fragment
    return parts.scheme in {"http", "https"} and alone and parts.netloc.lower() == f"{name}{port}"


def _is_storage(url: str) -> bool:
    """Whether it names a folder, whose path begins after two slashes, or a bucket."""
    parts = urlsplit(url)
    return bool(
        (parts.path and not parts.netloc) if parts.scheme == "file" else parts.scheme == "s3" and parts.hostname
    )


def unknown_settings(file: Path = ROOT / ".env") -> list[str]:
    """Return a problem for each name in the file that is no setting, and so has no effect."""
    known = {name.upper() for name in Config.model_fields}
    found = []
    for name in dotenv_values(file):
        if name.upper() not in known:
            near = get_close_matches(name.upper(), known, 1)
            found.append(f"{name} in {file.name} is not a setting." + (f" Did you mean {near[0]}?" if near else ""))
    return found


class UnsafeConfiguration(SystemExit):
    """Starting would be unsafe; the message says why."""


def refuse_unsafe(config: Config) -> None:
    """Return if the configuration is safe; raise UnsafeConfiguration with every reason if not."""
    if problems := config.problems():
        raise UnsafeConfiguration("Not started:\n" + "\n".join(f"- {problem}" for problem in problems))


@functools.cache
def config() -> Config:
    """Return the configuration of this process, read once."""
    return Config()
