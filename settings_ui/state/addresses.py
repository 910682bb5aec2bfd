"""What an event may say about its page's address: Reflex keeps all of it with the window's state, for an hour, and what
was said under other names before as well."""

from typing import Any

LONGEST = 2000
"""Characters, after which an address is cut. The longest of ours is that of a filtered list, with about 500."""
KEPT = ("pathname", "asPath")
"""What the address is read from. Its query comes apart from it too, which nothing here reads."""


def brief(event: Any) -> dict[str, Any]:
    """Return what was sent as an event, with no more than an address about its page; empty if it is no event, so that
    Reflex refuses it without repeating it in the log."""
    if not isinstance(event, dict):
        return {}
    said = event.get("router_data")
    router = said if isinstance(said, dict) else {}
    kept = {name: router[name][:LONGEST] for name in KEPT if isinstance(router.get(name), str)}
    return {**event, "router_data": kept}
