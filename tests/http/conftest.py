"""Fixtures for plain HTTP tests: the site, and a user who can sign in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from settings_ui.bootstrap import Services, build, using
from settings_ui.config import Config
from settings_ui.domain.access import Role
from settings_ui.gateways.limiter import MovingWindowLimiter
from settings_ui.gateways.no_payments import NoPayments
from settings_ui.gateways.ports import Payments
from tests.http.connecting import patient, port, running
from tests.http.site import Site
from tests.support import FakeClock, KeptMail, add_business, add_user, join, open_session

__all__ = ["patient", "port", "running"]
EMAIL = "dana@harborleads.example"


@pytest.fixture
def services(sqlite_template: Path, tmp_path: Path, clock: FakeClock) -> Iterator[Services]:
    """All use cases on this test's own SQLite file, behind `services()`."""
    yield from behind_the_edge(sqlite_template, tmp_path, clock)


@pytest.fixture
def secure_services(sqlite_template: Path, tmp_path: Path, clock: FakeClock) -> Iterator[Services]:
    """The same for a site served over https."""
    yield from behind_the_edge(sqlite_template, tmp_path, clock, app_url="https://app.example.com")


@pytest.fixture
def site(services: Services) -> Site:
    """The site on http://localhost:8000."""
    return Site(services)


@pytest.fixture
def secure_site(secure_services: Services) -> Site:
    """The site on https://app.example.com."""
    return Site(secure_services)


@pytest.fixture
def dana(services: Services) -> str:
    """An owner whose password is PASSWORD; returns the id."""
    return add_dana(services)


@pytest.fixture
def cookie(services: Services, dana: str, clock: FakeClock) -> str:
    """The cookie of a browser in which Dana is signed in."""
    return open_session(services, dana, clock)


def add_dana(services: Services) -> str:
    """Insert Dana and return the id."""
    user_id = add_user(services, EMAIL, "Dana Okafor-Reyes")
    join(services, user_id, add_business(services, "Northwind Leads", pay_per_call=True), Role.OWNER)
    return user_id


def behind_the_edge(
    template: Path, folder: Path, clock: FakeClock, app_url: str = "", payments: Payments | None = None
) -> Iterator[Services]:
    """Build services for this address and install them behind the edge while the fixture lives."""
    path = folder / f"test{len(app_url)}.db"
    path.write_bytes(template.read_bytes())
    config = Config(
        _env_file=None,
        demo=True,
        app_url=app_url,
        database_url=f"sqlite:///{path}",
        mail_dir=folder / "mail",
        storage_url=f"file://{folder / 'storage'}",
    )
    payments = payments or NoPayments()
    built = build(config, clock=clock, mailer=KeptMail(), limiter=MovingWindowLimiter(), payments=payments)
    with using(built):
        yield built
    built.database.close()
