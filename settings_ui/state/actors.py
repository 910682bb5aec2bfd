"""Who uses a window: read from the database at each event, by the digest of its session."""

from settings_ui.bootstrap import services
from settings_ui.domain.access import Actor, Person
from settings_ui.state.binding import Binding, in_thread


async def actor_of(binding: Binding, digest: str) -> Person | None:
    """Return the actor of a window bound to this session; None if it is bound to another, or they lost access."""
    if not digest or digest != binding._session:
        return None
    if not binding._business:
        return await in_thread(lambda: services().account.access.staff(digest))
    return await in_thread(lambda: member(digest, binding._business))


def member(digest: str, business_id: str | None) -> Actor | None:
    """Return the user as a member of this business, or of their usual one."""
    return services().account.access.actor(digest, business_id) if digest else None


def anyone(digest: str) -> Person | None:
    """Return the session's user, as a member of any business or as staff."""
    return services().account.access.person(digest) if digest else None


def rights_of(actor: Person | None) -> str:
    """Return everything that determines their rights, for comparison; empty for nobody."""
    if isinstance(actor, Actor):
        return f"{actor.role}:{actor.pay_per_call}"
    return "staff" if actor else ""
