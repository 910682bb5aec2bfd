"""Who may do what, in one table. Hiding a tab is a courtesy; `require` is the guard."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from types import MappingProxyType

from settings_ui.domain.api_key import KeyAccess
from settings_ui.domain.errors import Forbidden


class Role(StrEnum):
    """The role of a member in one business, from most to fewest rights."""

    OWNER = "owner"
    ADMIN = "admin"
    MANAGER = "manager"
    VIEWER = "viewer"
    PUBLISHER = "publisher"


class Capability(StrEnum):
    """Something that a role may be allowed to do."""

    EDIT_OWN_PROFILE = auto()
    MANAGE_BILLING = auto()
    MANAGE_API_KEYS = auto()
    SEE_CALLS = auto()
    SET_THRESHOLD = auto()
    SEE_BLOCKED = auto()
    BLOCK_CALLERS = auto()
    USE_SUPPORT = auto()
    SET_OWN_PAYOUT = auto()
    MANAGE_BUSINESS = auto()
    SEE_NUMBERS = auto()
    SEE_ACTIVITY = auto()
    RECORD_CALLS = auto()
    ANSWER_TICKETS = auto()


class Grant(Enum):
    """How a role has a capability: always, or while the member has Pay Per Call."""

    YES = auto()
    ADD_ON = auto()


_STAFF = (Role.OWNER, Role.ADMIN)
_TEAM = (*_STAFF, Role.MANAGER)
_ALL_BUT_PUBLISHERS = (*_TEAM, Role.VIEWER)


def _always(*roles: Role) -> Mapping[Role, Grant]:
    return MappingProxyType(dict.fromkeys(roles, Grant.YES))


TABLE: Mapping[Capability, Mapping[Role, Grant]] = MappingProxyType(
    {
        Capability.EDIT_OWN_PROFILE: _always(*Role),
        Capability.MANAGE_BILLING: _always(*_STAFF),
        Capability.MANAGE_API_KEYS: _always(*_STAFF),
        Capability.SEE_CALLS: _always(*_ALL_BUT_PUBLISHERS),
        Capability.SET_THRESHOLD: _always(*_TEAM),
        Capability.SEE_BLOCKED: _always(*_STAFF),
        Capability.BLOCK_CALLERS: _always(*_STAFF),
        Capability.USE_SUPPORT: _always(*_TEAM),
        Capability.SET_OWN_PAYOUT: MappingProxyType(
            dict.fromkeys(_ALL_BUT_PUBLISHERS, Grant.ADD_ON) | {Role.PUBLISHER: Grant.YES}
        ),
        Capability.MANAGE_BUSINESS: _always(*_STAFF),
        Capability.SEE_NUMBERS: _always(*_STAFF),
        Capability.SEE_ACTIVITY: _always(*_STAFF),
        Capability.RECORD_CALLS: _always(),
        Capability.ANSWER_TICKETS: _always(),
    }
)


def allows(capability: Capability, role: Role, *, pay_per_call: bool) -> bool:
    """Whether the table gives `capability` to `role`; `pay_per_call` says whether the member has the add-on."""
    grant = TABLE[capability].get(role)
    return grant is Grant.YES or (grant is Grant.ADD_ON and pay_per_call)


@dataclass(frozen=True)
class Actor:
    """On whose behalf something happens: a member of one business, as just read from the database."""

    user_id: str
    session_id: str
    business_id: str
    role: Role
    pay_per_call: bool
    address: str = ""
    """The network prefix of the request; recorded in the activity."""

    def may(self, capability: Capability) -> bool:
        """Whether this actor has the capability now."""
        return allows(capability, self.role, pay_per_call=self.pay_per_call)


KEY_TABLE: Mapping[KeyAccess, frozenset[Capability]] = MappingProxyType(
    {
        KeyAccess.FULL: frozenset(
            {
                Capability.SEE_CALLS,
                Capability.RECORD_CALLS,
                Capability.SEE_BLOCKED,
                Capability.BLOCK_CALLERS,
                Capability.SEE_NUMBERS,
                Capability.MANAGE_BUSINESS,
            }
        ),
        KeyAccess.READ_ONLY: frozenset({Capability.SEE_CALLS, Capability.SEE_BLOCKED, Capability.SEE_NUMBERS}),
        KeyAccess.SCREENING: frozenset({Capability.RECORD_CALLS}),
    }
)


@dataclass(frozen=True)
class KeyActor:
    """On whose behalf a program acts: a key of one business, as just read from the database."""

    key_id: str
    business_id: str
    name: str
    access: KeyAccess
    address: str = ""

    def may(self, capability: Capability) -> bool:
        """Whether the key's access has the capability."""
        return capability in KEY_TABLE[self.access]


STAFF_CAPABILITIES = frozenset({Capability.ANSWER_TICKETS})


@dataclass(frozen=True)
class StaffActor:
    """A member of the platform's support staff, as just read from the database; belongs to no business."""

    user_id: str
    session_id: str

    def may(self, capability: Capability) -> bool:
        """Whether staff has the capability."""
        return capability in STAFF_CAPABILITIES


Person = Actor | StaffActor
"""Anyone who can be signed in to a browser."""

Principal = Actor | KeyActor
"""A member or a key, for services that both may call."""


def require(actor: Principal | StaffActor, capability: Capability) -> None:
    """Return if the actor has the capability; raise Forbidden if not. The first line of every service."""
    if not actor.may(capability):
        raise Forbidden


class Tab(Enum):
    """A section of Settings, in the order of the tab bar: slug, label, and the capability that opens it."""

    PROFILE = ("profile", "Profile", Capability.EDIT_OWN_PROFILE)
    BILLING = ("billing", "Billing", Capability.MANAGE_BILLING)
    API_KEYS = ("api-keys", "API Keys", Capability.MANAGE_API_KEYS)
    QUALIFIED_CALLS = ("qualified-calls", "Qualified Calls", Capability.SEE_CALLS)
    BLOCKED_CALLERS = ("blocked-callers", "Blocked Callers", Capability.BLOCK_CALLERS)
    SUPPORT = ("support", "Support", Capability.USE_SUPPORT)
    PAYOUTS = ("payouts", "Payouts", Capability.SET_OWN_PAYOUT)

    def __init__(self, slug: str, label: str, capability: Capability) -> None:
        self.slug = slug
        self.label = label
        self.capability = capability

    @classmethod
    def of(cls, slug: str) -> "Tab | None":
        """Return the tab with this slug, or None for any other text."""
        return next((tab for tab in cls if tab.slug == slug), None)


DESK_PATH = "/staff"
"""The page of the platform's support staff; no member can open it."""


class Page(Enum):
    """A page: path, label, and the capability that opens it. Listed pages make up the sidebar, in order."""

    DASHBOARD = ("/dashboard", "Dashboard", Capability.SEE_CALLS)
    CALLS = ("/calls", "Calls", Capability.SEE_CALLS)
    NUMBERS = ("/numbers", "Numbers", Capability.SEE_NUMBERS)
    BUSINESS = ("/business", "Business", Capability.MANAGE_BUSINESS)
    SETTINGS = ("/settings", "Settings", Capability.EDIT_OWN_PROFILE)
    ACTIVITY = ("/activity", "Activity", Capability.SEE_ACTIVITY, False)

    def __init__(self, path: str, label: str, capability: Capability, listed: bool = True) -> None:
        self.path = path
        self.label = label
        self.capability = capability
        self.listed = listed

    @classmethod
    def at(cls, path: str) -> "Page | None":
        """Return the page at this path, with or without a trailing slash, or None."""
        return next((page for page in cls if page.path == path.rstrip("/")), None)


def pages(actor: Actor) -> list[Page]:
    """Return the listed pages that the actor may open, in order; the first is where they start."""
    return [page for page in Page if page.listed and actor.may(page.capability)]


def tabs(actor: Actor) -> list[Tab]:
    """Return the tabs that the actor may open, in order."""
    return [tab for tab in Tab if actor.may(tab.capability)]


def roles_with(capability: Capability, *grants: Grant) -> list[Role]:
    """Return the roles that have the capability by one of these grants, from most to fewest rights."""
    return [role for role in Role if TABLE[capability].get(role) in grants]
