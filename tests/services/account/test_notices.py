"""Which mails a person gets: their choice, except for security mails."""

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.errors import Invalid
from settings_ui.domain.notices import Notice
from tests.support import FakeClock, add_member


def on(services: Services, actor: Actor) -> dict[str, bool]:
    return {choice.notice.value: choice.on for choice in services.account.notices.see(actor)}


def test_everything_is_on_until_it_is_switched_off(services: Services, owner: Actor) -> None:
    assert on(services, owner) == {"expiring_key": True, "billing": True, "ticket_reply": True}
    services.account.notices.choose(owner, "ticket_reply", on=False)
    assert on(services, owner) == {"expiring_key": True, "billing": True, "ticket_reply": False}
    services.account.notices.choose(owner, "ticket_reply", on=True)
    assert on(services, owner) == {"expiring_key": True, "billing": True, "ticket_reply": True}


def test_what_guards_the_account_stays_on(services: Services, publisher: Actor) -> None:
    with pytest.raises(Invalid, match="protects your account"):
        services.account.notices.choose(publisher, "payout_change", on=False)
    assert on(services, publisher) == {"payout_change": True}


@pytest.mark.parametrize("notice", ["", "expiring_key", "rockets", "TICKET_REPLY"])
def test_a_notice_that_the_role_does_not_get_cannot_be_chosen(
    services: Services, business: str, clock: FakeClock, notice: str
) -> None:
    manager = add_member(services, business, Role.MANAGER, clock)
    assert on(services, manager) == {"ticket_reply": True}
    with pytest.raises(Invalid, match="not available for your role"):
        services.account.notices.choose(manager, notice, on=False)


def test_a_choice_that_changes_nothing_is_no_change(services: Services, owner: Actor) -> None:
    choose = services.account.notices.choose
    assert not choose(owner, Notice.TICKET_REPLY, on=True).topics
    assert choose(owner, Notice.TICKET_REPLY, on=False).topics
    assert not choose(owner, Notice.TICKET_REPLY, on=False).topics
