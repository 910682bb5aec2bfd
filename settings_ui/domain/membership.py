"""Who may change whom in a business: owners anyone, everyone else only roles below their own."""

from settings_ui.domain.access import Role
from settings_ui.domain.errors import Forbidden, Invalid

_ORDER = list(Role)


def manages(own: Role, other: Role) -> bool:
    """Whether a member with the role `own` may change one with the role `other`, themselves included."""
    return own is Role.OWNER or _ORDER.index(other) > _ORDER.index(own)


def assignable(own: Role) -> list[Role]:
    """Return the roles that a member may assign, from most to fewest rights."""
    return [role for role in Role if manages(own, role)]


def require_manages(own: Role, *others: Role) -> None:
    """Return if `own` manages all the others; raise Forbidden, stating the rule, if not."""
    if not all(manages(own, other) for other in others):
        raise Forbidden(f"{as_role(own).capitalize()} can only change members below their own role. Ask an owner.")


def parse_role(text: str, *, field: str) -> Role:
    """Return the role with this name; raise Invalid at `field`."""
    try:
        return Role(text)
    except ValueError:
        raise Invalid("Choose a role.", field=field) from None


def as_role(role: str) -> str:
    """Return like "an owner" or "a manager"."""
    return f"{'an' if role.startswith(tuple('aeiou')) else 'a'} {role}"
