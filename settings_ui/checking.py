"""Inconsistent data, unsent mail and services that do not respond, as `check` reports them."""

from datetime import timedelta

from settings_ui.bootstrap import Services
from settings_ui.domain.days import local_day

LATE = timedelta(minutes=10)
"""Mail leaves within seconds; tries that failed are repeated within minutes."""


async def missing_outside(services: Services) -> list[str]:
    """Return what does not respond, is not connected, or is open to others."""
    found = []
    if not await services.bus.reachable():
        found.append("Redis does not respond: see REDIS_URL.")
    if why := await services.storage.trouble():
        found.append(f"Files cannot be stored: see STORAGE_URL. {why}")
    config = services.config
    if not config.demo and not config.smtp_url:
        found.append(f"SMTP_URL is not set: emails are saved in {config.mail_dir} and reach nobody.")
    if not config.demo and not config.secure:
        found.append(f"APP_URL is {config.origin}: passwords travel unencrypted. Set an address with https://.")
    if config.stripe and not config.stripe.webhook_secret:
        found.append("STRIPE_WEBHOOK_SECRET is not set: payments and renewals are noticed up to five minutes late.")
    return found


def wrong_with(services: Services) -> list[str]:
    """Return in words every inconsistency between counts and calls or balances and ledgers, and mail that is stuck."""
    return _miscounted(services) + _unbalanced(services) + _unsent(services)


def _miscounted(services: Services) -> list[str]:
    """Return the first differences for each business whose counts of the last 30 days differ from its calls."""
    found = []
    for home in services.business.members.businesses():
        today = local_day(services.clock.now(), home.time_zone)
        if differ := services.calls.counts.differences(home.id, today - timedelta(days=29), today + timedelta(days=1)):
            more = f" (and {len(differ) - 3:,} more)" if len(differ) > 3 else ""
            found.append(
                f"The counts of {home.name} differ from its calls: run `python -m settings_ui rebuild-counts --business"
                f" {home.id}`. {'; '.join(differ[:3])}{more}"
            )
    return found


def _unbalanced(services: Services) -> list[str]:
    """Return inconsistent balances and events that were set aside."""
    found = [f"The balance of {business} is not the sum of its ledger." for business in services.billing.untrue()]
    odd, last = services.billing.events.set_aside()
    if odd:
        found.append(f"{odd} events from the payment provider were set aside, the latest at {last:%Y-%m-%d %H:%M} UTC.")
    return found


def _unsent(services: Services) -> list[str]:
    """Return since when overdue mail has been waiting, and why it could not be sent."""
    waiting = services.outbox.waiting()
    if waiting.oldest_s < LATE.total_seconds():
        return []
    since = services.clock.now() - timedelta(seconds=waiting.oldest_s)
    why = f"the last attempt failed: {waiting.why}" if waiting.why else "no attempt to send was made"
    return [f"No email has been sent since {since:%Y-%m-%d %H:%M} UTC ({waiting.messages:,} waiting); {why}."]
