"""The only place where real gateways meet services."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from settings_ui.config import Config, config
from settings_ui.gateways.bus import LocalBus, RedisBus
from settings_ui.gateways.clock import SystemClock
from settings_ui.gateways.images import ChildSquarer
from settings_ui.gateways.limiter import MovingWindowLimiter
from settings_ui.gateways.mail import FileMailer, SmtpMailer
from settings_ui.gateways.ports import Bus, Clock, Limit, Limiter, Mailer, Squarer, Storage
from settings_ui.gateways.storage import ObjectStorage
from settings_ui.gateways.windows import LocalWindows
from settings_ui.services.access import Access
from settings_ui.services.activity import ActivityLog
from settings_ui.services.api_door import ApiDoor
from settings_ui.services.api_keys import ApiKeys
from settings_ui.services.avatars import Avatars
from settings_ui.services.block_import import BlockImport
from settings_ui.services.block_preview import BlockPreview
from settings_ui.services.blocked_callers import BlockedCallers
from settings_ui.services.call_counts import CallCounts
from settings_ui.services.call_import import CallImport
from settings_ui.services.call_log import CallLog
from settings_ui.services.calls import Calls
from settings_ui.services.database import Database
from settings_ui.services.idempotency import Idempotency
from settings_ui.services.key_check import KeyCheck
from settings_ui.services.links import Links
from settings_ui.services.login_email import LoginEmail
from settings_ui.services.mail import Outbox
from settings_ui.services.members import Members
from settings_ui.services.numbers import Numbers
from settings_ui.services.password import Password
from settings_ui.services.payout_links import PayoutLinks
from settings_ui.services.payout_run import PayoutRun
from settings_ui.services.payouts import PayoutService
from settings_ui.services.profile import Profile
from settings_ui.services.qualified_calls import QualifiedCalls
from settings_ui.services.reauthentication import Reauthentication
from settings_ui.services.reports import Reports
from settings_ui.services.sessions import Sessions
from settings_ui.services.shell import ShellService
from settings_ui.services.sign_in import SignIn


@dataclass(frozen=True)
class Services:
    """All use cases, ready to call."""

    config: Config
    database: Database
    block_import: BlockImport
    block_preview: BlockPreview
    blocked_callers: BlockedCallers
    bus: Bus
    clock: Clock
    call_counts: CallCounts
    call_import: CallImport
    call_log: CallLog
    calls: Calls
    key_check: KeyCheck
    numbers: Numbers
    reports: Reports
    access: Access
    activity: ActivityLog
    api_door: ApiDoor
    api_keys: ApiKeys
    avatars: Avatars
    idempotency: Idempotency
    login_email: LoginEmail
    members: Members
    outbox: Outbox
    password: Password
    payout_links: PayoutLinks
    payout_run: PayoutRun
    payouts: PayoutService
    profile: Profile
    qualified_calls: QualifiedCalls
    sessions: Sessions
    shell: ShellService
    sign_in: SignIn


def build(
    settings: Config,
    *,
    clock: Clock | None = None,
    mailer: Mailer | None = None,
    limiter: Limiter | None = None,
    bus: Bus | None = None,
    storage: Storage | None = None,
    squarer: Squarer | None = None,
) -> Services:
    """Return services for this configuration; a test hands in what it wants to hold in its hands."""
    clock = clock or SystemClock()
    keys_limiter = limiter or (MovingWindowLimiter(settings.redis_url) if settings.redis_url else LocalWindows())
    limiter = limiter or MovingWindowLimiter(settings.redis_url)
    database = Database(settings.database_url)
    links = Links(settings.secret_key, settings.origin)
    again = Reauthentication(database, limiter)
    key_check = KeyCheck(database, clock, settings.api_key_pepper)
    storage = storage or ObjectStorage(settings.storage_url)
    return Services(
        config=settings,
        database=database,
        bus=bus or (RedisBus(settings.redis_url) if settings.redis_url else LocalBus()),
        clock=clock,
        access=Access(database, clock),
        activity=ActivityLog(database),
        api_door=ApiDoor(key_check, keys_limiter, LocalWindows(), Limit(*settings.api_limit)),
        api_keys=ApiKeys(database, clock, settings.api_key_pepper),
        block_import=BlockImport(database, clock),
        block_preview=BlockPreview(database, clock),
        blocked_callers=BlockedCallers(database, clock),
        call_counts=CallCounts(database),
        call_import=CallImport(database, clock),
        call_log=CallLog(database, clock, settings.secret_key),
        calls=Calls(database, clock),
        key_check=key_check,
        numbers=Numbers(database, clock),
        qualified_calls=QualifiedCalls(database, clock),
        reports=Reports(database, clock),
        avatars=Avatars(database, clock, limiter, storage, squarer or ChildSquarer()),
        idempotency=Idempotency(database, clock),
        login_email=LoginEmail(database, clock, limiter, links, again),
        members=Members(database, clock),
        outbox=Outbox(database, mailer or _mailer(settings, clock), clock),
        password=Password(database, clock, limiter, links, again),
        payout_links=PayoutLinks(database, clock, links),
        payout_run=PayoutRun(database, clock),
        payouts=PayoutService(database, clock, limiter, links, again),
        profile=Profile(database, clock),
        sessions=Sessions(database, clock),
        shell=ShellService(database),
        sign_in=SignIn(database, limiter, clock),
    )


def _mailer(settings: Config, clock: Clock) -> Mailer:
    if settings.smtp_url:
        return SmtpMailer(settings.smtp_url, settings.mail_from, clock)
    return FileMailer(settings.mail_dir, settings.mail_from, clock)


def services() -> Services:
    """Return the services of this process. The first call must come after a server has forked its workers."""
    return _handed_in[-1] if _handed_in else _of_this_process()


@contextmanager
def using(given: Services) -> Iterator[None]:
    """Within it `services()` returns these: a test runs states and routes on a database of its own."""
    _handed_in.append(given)
    try:
        yield
    finally:
        _handed_in.remove(given)


_handed_in: list[Services] = []


@functools.cache
def _of_this_process() -> Services:
    return build(config())
