"""Environment variables: unsafe values prevent serving, wrong ones are named, secrets are not shown."""

import traceback
from pathlib import Path

import pytest
from pydantic import ValidationError

from settings_ui.config import DEFAULT_SECRET, Config, UnsafeConfiguration, refuse_unsafe, unknown_settings

SAFE = {
    "secret_key": "s" * 32,
    "api_key_pepper": "p" * 32,
    "app_url": "https://app.example.com",
}


def config(**values: object) -> Config:
    return Config(_env_file=None, **(SAFE | values))  # type: ignore[arg-type]


def test_a_whole_configuration_has_no_problems() -> None:
    assert config().problems() == []
    refuse_unsafe(config())


def test_the_demo_needs_nothing_and_never_leaves_this_machine() -> None:
    demo = Config(_env_file=None, demo=True)
    assert demo.problems() == []
    assert (demo.bind, demo.origin, demo.secure) == ("127.0.0.1", "http://localhost:8000", False)


def test_nothing_set_refuses_to_start_and_says_all_that_is_missing() -> None:
    """Outside the demo, no default secrets: everyone can read those in our code."""
    with pytest.raises(UnsafeConfiguration) as refused:
        refuse_unsafe(Config(_env_file=None))
    said = str(refused.value)
    assert said.startswith("Not started:\n- SECRET_KEY is not set")
    assert "- API_KEY_PEPPER is not set" in said
    assert DEFAULT_SECRET not in said


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"secret_key": DEFAULT_SECRET}, "SECRET_KEY is not set"),
        ({"secret_key": ""}, "SECRET_KEY is shorter than 32 characters"),
        ({"secret_key": "s" * 31}, "SECRET_KEY is shorter than 32 characters"),
        ({"api_key_pepper": DEFAULT_SECRET}, "API_KEY_PEPPER is not set"),
        ({"api_key_pepper": "p" * 31}, "API_KEY_PEPPER is shorter than 32 characters"),
        ({"app_url": "*"}, "An origin of * would let any site act for your users"),
        ({"app_url": "https://*"}, "An origin of * would let any site act for your users"),
        ({"app_url": "https://*.example.com"}, "An origin of * would let any site act for your users"),
        ({"app_url": "app.example.com"}, "APP_URL must be a scheme and host only"),
        ({"app_url": "//app.example.com"}, "APP_URL must be a scheme and host only"),
        ({"app_url": "ftp://app.example.com"}, "APP_URL must be a scheme and host only"),
        ({"app_url": "https://"}, "APP_URL must be a scheme and host only"),
        ({"app_url": "https://app.example.com:abc"}, "APP_URL must be a scheme and host only"),
        ({"app_url": "https://app.example.com:99999"}, "APP_URL must be a scheme and host only"),
        ({"app_url": "https://dana:secret@app.example.com"}, "APP_URL must be a scheme and host only"),
        ({"app_url": "https://app.example.com/base"}, "APP_URL must be a scheme and host only"),
        ({"app_url": "https://app.example.com?x"}, "APP_URL must be a scheme and host only"),
        ({"app_url": "javascript:alert(1)"}, "APP_URL must be a scheme and host only"),
        ({"workers": 2}, "WORKERS above 1 needs REDIS_URL"),
        ({"storage_url": "ftp://somewhere"}, "STORAGE_URL must be"),
        ({"storage_url": "/srv/storage"}, "STORAGE_URL must be"),
        ({"storage_url": "file://srv/storage"}, "STORAGE_URL must be"),  # it would be /storage
        ({"storage_url": "s3://key:secret@/prefix"}, "STORAGE_URL must be"),
        ({"stripe_secret_key": "pk_live_1"}, "STRIPE_SECRET_KEY must be a secret or restricted key"),
        ({"stripe_secret_key": "whsec_1"}, "STRIPE_SECRET_KEY must be a secret or restricted key"),
        ({"stripe_webhook_secret": "sk_live_1"}, "STRIPE_WEBHOOK_SECRET must be the signing secret"),
        ({"stripe_api_base": "https://api.stripe.com/v1"}, "STRIPE_API_BASE must be a scheme and host only"),
    ],
)
def test_each_unsafe_value_refuses_to_start_with_its_reason(values: dict[str, object], problem: str) -> None:
    [found] = config(**values).problems()
    assert found.startswith(problem)
    with pytest.raises(UnsafeConfiguration, match="Not started"):
        refuse_unsafe(config(**values))


def test_the_demo_refuses_an_origin_of_everything_too() -> None:
    assert Config(_env_file=None, demo=True, app_url="https://*").problems()


def test_more_workers_start_with_redis() -> None:
    assert config(workers=4, redis_url="redis://localhost:6379").problems() == []


@pytest.mark.parametrize(
    ("app_url", "origin", "host", "secure"),
    [
        ("https://app.example.com", "https://app.example.com", "app.example.com", True),
        ("https://App.Example.com/", "https://app.example.com", "app.example.com", True),
        ("http://localhost:9000", "http://localhost:9000", "localhost:9000", False),
        ("http://[::1]:9000", "http://[::1]:9000", "[::1]:9000", False),
    ],
)
def test_the_origin_is_scheme_host_and_port_in_lower_case(app_url: str, origin: str, host: str, secure: bool) -> None:
    made = config(app_url=app_url)
    assert made.problems() == []
    assert (made.origin, made.host, made.secure) == (origin, host, secure)
    assert made.url("/payouts/cancel") == f"{origin}/payouts/cancel"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("port", "abc", "integer"),
        ("port", "0", "greater than or equal to 1"),
        ("port", "65536", "less than or equal to 65535"),
        ("workers", "0", "greater than or equal to 1"),
        ("workers", "1000", "less than or equal to 64"),
        ("trusted_proxy_hops", "-1", "greater than or equal to 0"),
        ("demo", "maybe", "boolean"),
        ("database_url", "nonsense", "begin with sqlite:/// or postgresql://"),
        ("database_url", "mysql://root:hunter2@db/app", "begin with sqlite:/// or postgresql://"),
        ("redis_url", "http://:hunter2@localhost", "begin with redis:// or rediss://"),
        ("redis_url", "redis://:hunter2@localhost:port", "a number as its port"),
        ("smtp_url", "mail.example.com:25", "begin with smtp:// or smtps://"),
        ("smtp_url", "smtp://dana:hunter2@mail.example.com:port", "a number as its port"),
        ("mail_from", "Switchboard", "must be an address"),
        ("mail_from", "no-reply@", "must be an address"),
        ("mail_from", "", "must be an address"),
        *[
            ("api_rate_limit", limit, "must be how many requests per second, minute, hour or day, like 600/minute")
            for limit in ("many", "0/minute", "600", "600/week", "600/minute\n", "1.5/second", "٣/minute")
        ],
    ],
)
def test_a_value_that_cannot_be_is_named_with_its_reason_and_not_repeated(name: str, value: str, reason: str) -> None:
    """A mistyped URL may contain a password, and startup errors end up in a log."""
    with pytest.raises(ValidationError) as refused:
        config(**{name: value})
    said = "".join(traceback.format_exception(refused.value))
    assert name in said
    assert reason in said
    assert "hunter2" not in said


def test_the_keys_of_a_real_account_start() -> None:
    stripe = {"stripe_webhook_secret": "whsec_1", "stripe_api_base": "https://api.stripe.com"}
    for key in ("sk_live_1", "sk_test_1", "rk_live_1"):
        assert config(stripe_secret_key=key, **stripe).problems() == []


def test_a_name_in_the_file_that_is_no_setting_is_reported_with_the_one_meant(tmp_path: Path) -> None:
    """It would have no effect: without SMTP_URL, for one, no email is ever sent."""
    file = tmp_path / ".env"
    file.write_text("PORT=8001\nsmtp_url=smtp://mail\nSMTP_ULR=smtp://mail\nEDITOR=vi\n#WORKER=2\n")
    assert unknown_settings(file) == [
        "SMTP_ULR in .env is not a setting. Did you mean SMTP_URL?",
        "EDITOR in .env is not a setting.",
    ]
    assert unknown_settings(tmp_path / "none") == []


def test_a_configuration_in_a_log_shows_no_secret() -> None:
    made = config(
        secret_key="hunter2" * 5,
        api_key_pepper="hunter2" * 5,
        database_url="postgresql://app:hunter2@db/app",
        redis_url="redis://:hunter2@cache",
        smtp_url="smtp://app:hunter2@mail",
        storage_url="s3://hunter2/prefix",
    )
    assert "hunter2" not in f"{made!r} {made}"


def test_a_configuration_does_not_change_while_we_run() -> None:
    with pytest.raises(ValidationError):
        config().demo = True  # type: ignore[misc]


def test_the_environment_is_read_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8123")
    monkeypatch.setenv("MAIL_FROM", "Ours <us@example.com>")
    monkeypatch.setenv("SOMETHING_ELSE", "is not ours")
    made = Config(_env_file=None)
    assert (made.port, made.mail_from, made.origin) == (8123, "Ours <us@example.com>", "http://localhost:8123")
