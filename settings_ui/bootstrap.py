"""The only place where services get their real gateways."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from settings_ui.config import Config, config
from settings_ui.domain.access import Page, Tab
from settings_ui.gateways.bus import LocalBus, RedisBus
from settings_ui.gateways.clock import SystemClock
from settings_ui.gateways.images import ChildSquarer
from settings_ui.gateways.limiter import MovingWindowLimiter
from settings_ui.gateways.local_limiter import LocalLimiter
from settings_ui.gateways.mail import FileMailer, SmtpMailer
from settings_ui.gateways.no_payments import NoPayments
from settings_ui.gateways.ports import Bus, Clock, Limit, Limiter, Mailer, OpenSheet, Payments, Squarer, Storage
from settings_ui.gateways.sheet import CsvSheet
from settings_ui.gateways.storage import ObjectStorage
from settings_ui.gateways.stripe import StripePayments
from settings_ui.services.account import Account
from settings_ui.services.account.access import Access
from settings_ui.services.account.avatars import Avatars
from settings_ui.services.account.login_email import LoginEmail
from settings_ui.services.account.notices import Notices
from settings_ui.services.account.password import Password
from settings_ui.services.account.profile import Profile
from settings_ui.services.account.reauthentication import Reauthentication
from settings_ui.services.account.sessions import Sessions
from settings_ui.services.account.sign_in import SignIn
from settings_ui.services.account.sign_in_link import SignInLink
from settings_ui.services.account.strangers import Strangers
from settings_ui.services.activity.log import BusinessActivity
from settings_ui.services.api_keys import ApiKeys
from settings_ui.services.billing import Billing
from settings_ui.services.blocked_callers import BlockedCallers
from settings_ui.services.business import BusinessServices
from settings_ui.services.business.details import BusinessDetails
from settings_ui.services.business.first_run import FirstRun
from settings_ui.services.business.invitations import Invitations
from settings_ui.services.business.members import Members
from settings_ui.services.business.requests import AccessRequests
from settings_ui.services.business.shell import Shell
from settings_ui.services.business.team import Team
from settings_ui.services.calls import Calls
from settings_ui.services.demo.life import Past, PastServices
from settings_ui.services.demo.seeding import seed
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.jobs import Job, Jobs
from settings_ui.services.kit.limits import Changes
from settings_ui.services.kit.links import Links
from settings_ui.services.kit.mail import Outbox
from settings_ui.services.numbers import Numbers
from settings_ui.services.payouts import Payouts
from settings_ui.services.qualified_calls import QualifiedCalls
from settings_ui.services.support import Support
from settings_ui.services.support.attachments import Attachments
from settings_ui.services.support.desk import Desk
from settings_ui.services.support.staff import Staff
from settings_ui.services.support.tickets import Tickets

DAY_S = 24 * 3600.0


@dataclass(frozen=True)
class Services:
    """All use cases, ready to call."""

    config: Config
    clock: Clock
    database: Database
    bus: Bus
    storage: Storage
    open_sheet: OpenSheet
    outbox: Outbox
    jobs: Jobs
    changes: Changes
    activity: BusinessActivity
    account: Account
    business: BusinessServices
    calls: Calls
    qualified_calls: QualifiedCalls
    blocked_callers: BlockedCallers
    numbers: Numbers
    api_keys: ApiKeys
    payouts: Payouts
    support: Support
    billing: Billing


def build(
    settings: Config,
    *,
    clock: Clock | None = None,
    mailer: Mailer | None = None,
    limiter: Limiter | None = None,
    bus: Bus | None = None,
    storage: Storage | None = None,
    squarer: Squarer | None = None,
    payments: Payments | None = None,
) -> Services:
    """Return services for this configuration; tests pass their own gateways."""
    clock = clock or SystemClock()
    keys_limiter = limiter or (MovingWindowLimiter(settings.redis_url) if settings.redis_url else LocalLimiter())
    limiter = limiter or MovingWindowLimiter(settings.redis_url)
    bus = bus or (RedisBus(settings.redis_url) if settings.redis_url else LocalBus())
    storage = storage or ObjectStorage(settings.storage_url)
    database = Database(settings.database_url)
    provider = payments or _payments(settings)
    links = Links(settings.secret_key, settings.origin)
    again = Reauthentication(database, limiter)
    api_keys = ApiKeys(
        database,
        clock,
        settings.api_key_pepper,
        keys_limiter,
        LocalLimiter(),
        Limit(*settings.api_limit),
        links,
        former_peppers=settings.former_peppers,
    )
    sign_in_link = SignInLink(database, clock, limiter, links)
    return Services(
        config=settings,
        clock=clock,
        database=database,
        bus=bus,
        storage=storage,
        open_sheet=CsvSheet,
        outbox=Outbox(database, mailer or _mailer(settings, clock), clock),
        jobs=Jobs(database, clock, bus.publish),
        changes=Changes(limiter),
        activity=BusinessActivity(database, clock),
        account=Account(
            access=Access(database, clock),
            avatars=Avatars(database, clock, limiter, storage, squarer or ChildSquarer()),
            login_email=LoginEmail(database, clock, limiter, links, again),
            notices=Notices(database, clock),
            password=Password(database, clock, limiter, links, again),
            profile=Profile(database, clock),
            sessions=Sessions(database, clock),
            sign_in=SignIn(database, limiter, clock, sign_in_link),
            sign_in_link=sign_in_link,
            strangers=Strangers(limiter),
        ),
        business=BusinessServices(
            details=BusinessDetails(database, clock),
            first_run=FirstRun(database, clock),
            invitations=Invitations(database, clock, limiter, links, again),
            members=Members(database, clock, links),
            requests=AccessRequests(database, clock, links),
            shell=Shell(database),
            team=Team(database, clock),
        ),
        calls=Calls(database, clock, settings.secret_key, api_keys),
        qualified_calls=QualifiedCalls(database, clock),
        blocked_callers=BlockedCallers(database, clock),
        numbers=Numbers(database, clock),
        api_keys=api_keys,
        payouts=Payouts(database, clock, limiter, links, again),
        support=Support(
            tickets=Tickets(database, clock, limiter, links),
            desk=Desk(database, clock, links),
            attachments=Attachments(database, clock, limiter, storage),
            staff=Staff(database, clock),
        ),
        billing=Billing(
            database,
            clock,
            limiter,
            provider,
            settings.url(f"{Page.SETTINGS.path}?tab={Tab.BILLING.slug}"),
            connected=not isinstance(provider, NoPayments),
        ),
    )


def seed_demo(services: Services, *, lived_in: bool = True) -> bool:
    """Seed the demo into an empty database; return whether anything was written."""
    config, database = services.config, services.database

    def doing(past: Past) -> PastServices:
        links, limiter = Links(config.secret_key, config.origin), LocalLimiter()
        again = Reauthentication(database, limiter)
        limit = Limit(*config.api_limit)
        return PastServices(
            past,
            Members(database, past, links),
            Support(
                tickets=Tickets(database, past, limiter, links),
                desk=Desk(database, past, links),
                attachments=services.support.attachments,
                staff=Staff(database, past),
            ),
            ApiKeys(database, past, config.api_key_pepper, limiter, limiter, limit, links),
            BlockedCallers(database, past),
            QualifiedCalls(database, past),
            Payouts(database, past, limiter, links, again),
        )

    return seed(database, services.clock, doing, lived_in=lived_in)


def jobs(services: Services) -> list[Job]:
    """Return the periodic jobs; one process of the deployment runs each."""
    billing = services.billing
    return [
        Job("deliver mail", every_s=1, work=services.outbox.deliver_due, limit_s=90),
        Job("count in another time zone", every_s=2, work=services.calls.counts.recount_due, limit_s=3600),
        Job("forget old activity", every_s=DAY_S, work=services.activity.forget_old, limit_s=600),
        Job("tell about expiring keys", every_s=600, work=services.api_keys.expiry_mails.send_due),
        Job("forget unused attachments", every_s=3600, work=services.support.attachments.sweep),
        Job("delete stray photos", every_s=DAY_S, work=services.account.avatars.delete_strays, limit_s=600),
        Job("delete stray attachments", every_s=DAY_S, work=services.support.attachments.delete_strays, limit_s=600),
        Job("reconcile billing", every_s=300, work=functools.partial(reconcile_billing, billing), limit_s=240),
        Job("charge usage", every_s=60, work=functools.partial(charge_usage, billing), limit_s=600),
        Job("forget idempotent answers", every_s=3600, work=services.api_keys.idempotency.sweep),
    ]


def reconcile_billing(billing: Billing) -> Iterator[frozenset[str]]:
    """Fetch from the payment provider, if there is one, what no webhook delivered; yield the topics to publish."""
    if billing.connected:
        yield from billing.events.reconciled()


def charge_usage(billing: Billing) -> Iterator[frozenset[str]]:
    """Charge usage to the balances, recharge them where turned on, and send alerts; yield the topics to publish."""
    yield billing.charging.run().topics
    if billing.connected:
        yield billing.recharge.run().topics
    billing.levels.run()


def _payments(settings: Config) -> Payments:
    access = settings.stripe
    return StripePayments(access.secret_key, access.webhook_secret, access.api_base) if access else NoPayments()


def _mailer(settings: Config, clock: Clock) -> Mailer:
    if settings.smtp_url:
        return SmtpMailer(settings.smtp_url, settings.mail_from, clock)
    return FileMailer(settings.mail_dir, settings.mail_from, clock)


def services() -> Services:
    """Return the services of this process. First call it after the server has forked its workers."""
    return _handed_in[-1] if _handed_in else _of_this_process()


@contextmanager
def using(given: Services) -> Iterator[None]:
    """While open, `services()` returns these, so that a test can run states and routes on its own database."""
    _handed_in.append(given)
    try:
        yield
    finally:
        _handed_in.remove(given)


_handed_in: list[Services] = []


@functools.cache
def _of_this_process() -> Services:
    return build(config())
