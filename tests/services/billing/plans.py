"""A business's plan, as shown here and as stored at the provider."""

from settings_ui.models import Business
from settings_ui.services.billing.current_plan import CurrentPlan
from tests.services.billing.till import Till


def seen(till: Till) -> CurrentPlan:
    return till.services.billing.plan.see(till.owner)


def state(till: Till) -> tuple[str, str | None, tuple[str, ...], bool]:
    """Return the displayed status, plan, add-ons and whether the plan is set to end."""
    row = seen(till).subscription
    assert row
    return row.status, row.plan, seen(till).add_ons, row.ends


def there(till: Till) -> list[str]:
    """Return the status of each subscription at the provider."""
    return [row.status for row in till.sandbox.sdk().subscriptions.list({"customer": till.customer, "status": "all"})]


def pays_per_call(till: Till) -> bool:
    with till.services.database.read() as session:
        return session.get_one(Business, till.owner.business_id).pay_per_call
