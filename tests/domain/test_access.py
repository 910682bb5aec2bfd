"""Who may do what: the product's permission table, repeated here so that no code change alters it unnoticed."""

import pytest

from settings_ui.domain.access import (
    TABLE,
    Actor,
    Capability,
    Grant,
    KeyAccess,
    KeyActor,
    Role,
    StaffActor,
    Tab,
    allows,
    require,
    roles_with,
    tabs,
)
from settings_ui.domain.errors import Forbidden

ROLES = ("owner", "admin", "manager", "viewer", "publisher")
PINNED = {
    #                      owner     admin     manager   viewer    publisher
    "edit_own_profile":   ("yes",    "yes",    "yes",    "yes",    "yes"),
    "manage_billing":     ("yes",    "yes",    "no",     "no",     "no"),
    "manage_api_keys":    ("yes",    "yes",    "no",     "no",     "no"),
    "see_calls":          ("yes",    "yes",    "yes",    "yes",    "no"),
    "set_threshold":      ("yes",    "yes",    "yes",    "no",     "no"),
    "see_blocked":        ("yes",    "yes",    "no",     "no",     "no"),
    "block_callers":      ("yes",    "yes",    "no",     "no",     "no"),
    "use_support":        ("yes",    "yes",    "yes",    "no",     "no"),
    "set_own_payout":     ("add-on", "add-on", "add-on", "add-on", "yes"),
    "manage_business":    ("yes",    "yes",    "no",     "no",     "no"),
    "see_numbers":        ("yes",    "yes",    "no",     "no",     "no"),
    "see_activity":       ("yes",    "yes",    "no",     "no",     "no"),
    "record_calls":       ("no",     "no",     "no",     "no",     "no"),
    "answer_tickets":     ("no",     "no",     "no",     "no",     "no"),
}  # fmt: skip

KEYS_PINNED = {
    "full": {"see_calls", "record_calls", "see_blocked", "block_callers", "see_numbers", "manage_business"},
    "read_only": {"see_calls", "see_blocked", "see_numbers"},
    "screening": {"record_calls"},
}

TABS_IN_ORDER = ("profile", "billing", "api-keys", "qualified-calls", "blocked-callers", "support", "payouts")
TABS_OF = {
    "owner": ("profile", "billing", "api-keys", "qualified-calls", "blocked-callers", "support"),
    "admin": ("profile", "billing", "api-keys", "qualified-calls", "blocked-callers", "support"),
    "manager": ("profile", "qualified-calls", "support"),
    "viewer": ("profile", "qualified-calls"),
    "publisher": ("profile", "payouts"),
}

CELLS = [
    (capability, role, add_on, cell == "yes" or (cell == "add-on" and add_on))
    for capability, row in PINNED.items()
    for role, cell in zip(ROLES, row, strict=True)
    for add_on in (False, True)
]


def an_actor(role: str, *, pay_per_call: bool) -> Actor:
    return Actor("usr_1", "ses_1", "biz_1", Role(role), pay_per_call)


def test_every_capability_and_every_role_is_pinned() -> None:
    """A new capability or role has to be added here too."""
    assert set(PINNED) == {str(capability) for capability in Capability}
    assert set(TABLE) == set(Capability)
    assert tuple(str(role) for role in Role) == ROLES


def test_the_table_is_the_one_that_was_agreed() -> None:
    for capability, role, add_on, expected in CELLS:
        allowed = allows(Capability(capability), Role(role), pay_per_call=add_on)
        assert allowed is expected, (capability, role, add_on)


def test_require_raises_exactly_where_the_table_says_no() -> None:
    """`require` is the first line of every service, so it must never disagree with the table."""
    for capability, role, add_on, expected in CELLS:
        actor = an_actor(role, pay_per_call=add_on)
        assert actor.may(Capability(capability)) is expected, (capability, role, add_on)
        refused = False
        try:
            require(actor, Capability(capability))
        except Forbidden:
            refused = True
        assert refused is not expected, (capability, role, add_on)


@pytest.mark.parametrize("access", KEYS_PINNED)
def test_a_key_may_do_what_its_access_says_and_nothing_about_people_money_or_keys(access: str) -> None:
    """A leaked key cannot change a password, a payout or a bill, nor create another key."""
    key = KeyActor("key_1", "biz_1", "CRM", KeyAccess(access))
    assert {str(access) for access in KeyAccess} == set(KEYS_PINNED)
    assert {str(capability) for capability in Capability if key.may(capability)} == KEYS_PINNED[access]
    assert not {"edit_own_profile", "set_own_payout", "manage_billing", "manage_api_keys"} & KEYS_PINNED[access]


def test_staff_answers_tickets_and_does_nothing_else() -> None:
    """Support staff have no access to the businesses they help."""
    staff = StaffActor("usr_1", "ses_1")
    assert {str(capability) for capability in Capability if staff.may(capability)} == {"answer_tickets"}


def test_the_table_cannot_be_changed_at_run_time() -> None:
    with pytest.raises(TypeError):
        TABLE[Capability.MANAGE_BILLING][Role.PUBLISHER] = Grant.YES  # type: ignore[index]
    with pytest.raises(TypeError):
        TABLE[Capability.MANAGE_BILLING] = {}  # type: ignore[index]


def test_an_actor_cannot_be_promoted_in_place() -> None:
    with pytest.raises(AttributeError):
        an_actor("viewer", pay_per_call=False).role = Role.OWNER  # type: ignore[misc]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("add_on", [False, True])
def test_each_role_finds_exactly_its_tabs_in_order(role: str, add_on: bool) -> None:
    """With Pay Per Call everyone also has Payouts, as the last tab; a publisher has two tabs in any case."""
    pinned = TABS_OF[role] + (("payouts",) if add_on and role != "publisher" else ())
    built = [slug for slug in pinned if Tab.of(slug) is not None]
    assert [tab.slug for tab in tabs(an_actor(role, pay_per_call=add_on))] == built


def test_tabs_stand_in_the_agreed_order_under_the_agreed_names() -> None:
    slugs = [tab.slug for tab in Tab]
    assert slugs == [slug for slug in TABS_IN_ORDER if slug in slugs]
    assert slugs[0] == "profile"
    assert len(set(slugs)) == len(slugs)


@pytest.mark.parametrize("slug", ["", "Profile", "profile ", "payouts\0", "../billing", "nonsense", "PAYOUTS"])
def test_a_slug_is_exact_or_unknown(slug: str) -> None:
    assert Tab.of(slug) is None


def test_roles_with_a_capability_come_from_most_to_least() -> None:
    assert roles_with(Capability.SET_OWN_PAYOUT, Grant.YES) == [Role.PUBLISHER]
    assert roles_with(Capability.SET_OWN_PAYOUT, Grant.YES, Grant.ADD_ON) == list(Role)
    assert roles_with(Capability.MANAGE_BILLING, Grant.YES) == [Role.OWNER, Role.ADMIN]
    assert roles_with(Capability.MANAGE_BILLING, Grant.ADD_ON) == []
