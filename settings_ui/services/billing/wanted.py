"""From the wanted plan and add-ons to their prices and the necessary changes."""

from collections.abc import Collection

from settings_ui.domain.errors import Conflict, Invalid
from settings_ui.domain.plans import Item, ItemChange, Offered, Subscription
from settings_ui.models import CataloguePrice
from settings_ui.services.billing.catalogue import Offers


def changes_to(plan: str, add_ons: Collection[str], before: Subscription, offered: Offers) -> list[ItemChange]:
    """Return the changes from the current to the wanted items; items that stay keep their price.

    Raises Invalid as `prices_of` does, Conflict if nothing would change.
    """
    names = [(Offered.PLAN, plan), *[(Offered.ADD_ON, each) for each in add_ons]]
    wanted = dict(zip(names, prices_of(plan, add_ons, offered, kept=before.items), strict=True))
    have = {(item.offered, item.slug): item for item in before.items}
    old = next(item for item in before.items if item.offered is Offered.PLAN)
    changes: list[ItemChange] = []
    if old.slug != plan:
        changes.append(ItemChange(wanted[Offered.PLAN, plan], old.id))
    changes += [ItemChange(price) for what, price in wanted.items() if what[0] is Offered.ADD_ON and what not in have]
    changes += [
        ItemChange(None, item.id) for what, item in have.items() if what[0] is Offered.ADD_ON and what not in wanted
    ]
    if not changes:
        raise Conflict("This is already the plan.")
    return changes


def prices_of(plan: str, add_ons: Collection[str], offered: Offers, *, kept: Collection[Item] = ()) -> list[str]:
    """Return the price of the plan and of each add-on, in order.

    Raises Invalid at `plan` or `add_on` if it is no longer offered, unless it is `kept`.
    """
    keeps = {(item.offered, item.slug): item.price for item in kept}

    def price(rows: Collection[CataloguePrice], what: Offered, slug: str) -> str:
        found = keeps.get((what, slug)) or next((row.id for row in rows if row.slug == slug), None)
        if found is None:
            raise Invalid("This is no longer offered. Choose another one.", field=what.value)
        return found

    if len(set(add_ons)) != len(add_ons):
        raise Invalid("Each add-on can be chosen only once.", field="add_on")
    first = price(offered.plans, Offered.PLAN, plan)
    return [first, *[price(offered.add_ons, Offered.ADD_ON, each) for each in add_ons]]


def monthly_micros(plan: str, add_ons: Collection[str], offered: Offers, *, kept: Collection[Item] = ()) -> int:
    """Return what the plan and its add-ons cost a month; what is kept keeps its price. Raises as `prices_of` does."""
    cost = {row.id: row.micros for row in (*offered.plans, *offered.add_ons)}
    cost |= {item.price: item.micros for item in kept}
    return sum(cost[price] for price in prices_of(plan, add_ons, offered, kept=kept))
