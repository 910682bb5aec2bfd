"""Ticket status transitions, and what a ticket may contain."""

import pytest

from settings_ui.domain.api_key import new_secret
from settings_ui.domain.errors import Conflict, Invalid
from settings_ui.domain.tickets import Action, TicketStatus, after, clean_subject, clean_text, offered, without_keys

AGREED = {
    #            member_reply staff_reply solve      reopen   close
    "open":     ("open",      "pending",  "solved",  None,    "closed"),
    "pending":  ("open",      "pending",  "solved",  None,    "closed"),
    "solved":   ("open",      "pending",  None,      "open",  "closed"),
    "closed":   (None,        None,       None,      None,    None),
}  # fmt: skip


def test_the_transitions_are_those_that_were_agreed() -> None:
    """A reply reopens pending and solved tickets; members may solve and reopen; closed is final."""
    assert set(AGREED) == {str(status) for status in TicketStatus}
    for status, row in AGREED.items():
        for action, expected in zip(Action, row, strict=True):
            if expected is None:
                with pytest.raises(Conflict):
                    after(TicketStatus(status), action)
            else:
                assert after(TicketStatus(status), action) == expected, (status, action)


@pytest.mark.parametrize(
    ("status", "action", "why", "field"),
    [
        (TicketStatus.CLOSED, Action.MEMBER_REPLY, "closed", "reply"),
        (TicketStatus.CLOSED, Action.STAFF_REPLY, "closed", "reply"),
        (TicketStatus.CLOSED, Action.REOPEN, "closed", None),
        (TicketStatus.SOLVED, Action.SOLVE, "already solved", None),
        (TicketStatus.OPEN, Action.REOPEN, "not solved", None),
    ],
)
def test_whoever_cannot_do_it_is_told_why(status: TicketStatus, action: Action, why: str, field: str | None) -> None:
    with pytest.raises(Conflict, match=why) as refused:
        after(status, action)
    assert refused.value.field == field


def test_what_is_offered_is_what_can_be_done() -> None:
    assert offered(TicketStatus.OPEN) == offered(TicketStatus.PENDING) == [Action.SOLVE, Action.CLOSE]
    assert offered(TicketStatus.SOLVED) == [Action.REOPEN, Action.CLOSE]
    assert offered(TicketStatus.CLOSED) == []


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "\0", "\u202e\u200b", "x" * 10_001, "x" * 1_000_000])
def test_a_text_of_nothing_or_too_much_is_refused_at_its_field(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        clean_text(text, field="description", what="Description")
    assert refused.value.field == "description"


def test_a_text_keeps_its_lines_and_loses_what_cannot_be_seen() -> None:
    pasted = "  Hello\r\nthere\u202e\0,\n\n\tDana \U0001f44d\u200b e\u0301 "
    assert clean_text(pasted, field="reply", what="Reply") == "Hello\nthere,\n\n\tDana \U0001f44d é"
    assert clean_text("x" * 10_000, field="reply", what="Reply") == "x" * 10_000
    assert clean_text("<script>alert(1)</script>", field="reply", what="Reply") == "<script>alert(1)</script>"


@pytest.mark.parametrize("text", ["", " ", "a\0b", "a\u202eb", "x" * 101])
def test_a_subject_is_one_line_that_can_be_seen(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        clean_subject(text)
    assert refused.value.field == "subject"


def test_an_api_key_that_someone_pastes_is_shortened_to_what_may_be_shown() -> None:
    secret = new_secret().secret
    shown = f"cs_key_{secret[7:11]}…{secret[-4:]}"
    assert without_keys(f"It says {secret}, twice: {secret}.") == f"It says {shown}, twice: {shown}."
    assert secret not in clean_text(f"key={secret}\n", field="reply", what="Reply")
    assert clean_subject(f"Key {secret}") == f"Key {shown}"
    assert without_keys("cs_key_ is how they begin") == "cs_key_ is how they begin"
