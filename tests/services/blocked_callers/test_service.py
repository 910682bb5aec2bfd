"""Blocking: every number is normalized or refused with a hint, blocked once, and reported on."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, KeyActor, Role
from settings_ui.domain.api_key import KeyAccess
from settings_ui.domain.errors import Forbidden, Invalid
from settings_ui.models import Activity, Business
from settings_ui.services.blocked_callers.entries import Blocked, Result
from settings_ui.services.kit.changes import Changed, business_topic
from tests.at_once import at_once
from tests.blocked import block, entries, entry_of, listed
from tests.calls import CALLER, a_key
from tests.support import START, FakeClock, add_business, add_member

WITHOUT_AREA_CODE = "Enter the number with its area code, like (201) 555-0123."
STAFF, OTHERS = (Role.OWNER, Role.ADMIN), (Role.MANAGER, Role.VIEWER, Role.PUBLISHER)


@pytest.mark.parametrize(
    ("written", "number", "message"),
    [
        ("+14155550132", CALLER, ""),
        ("(415) 555-0132", CALLER, ""),
        ("1-415-555-0132", CALLER, ""),
        ("415.555.0132", CALLER, ""),
        ("٤١٥ ٥٥٥ ٠١٣٢", CALLER, ""),
        ("４１５－５５５－０１３２", CALLER, ""),
        ("tel:+1-415-555-0132", CALLER, ""),
        ("1-800-FLOWERS", "+18003569377", ""),
        ("011 44 20 7946 0018", "+442079460018", ""),
        ("+44 (0)20 7946 0018", "+442079460018", ""),
        ("415-555-0132 x204", CALLER, "The extension 204 was left out: callers’ numbers have none."),
        ("+1 415 555*", "+1415555*", ""),
        ("Anonymous", "anonymous", ""),
        ("911", None, WITHOUT_AREA_CODE),
        ("72727", None, WITHOUT_AREA_CODE),
        ("555-0132", None, WITHOUT_AREA_CODE),
        ("+1 415 555 0132 9999 9999", None, WITHOUT_AREA_CODE),
        ("+999 123 456 789", None, WITHOUT_AREA_CODE),
        ("000-000-0000", None, WITHOUT_AREA_CODE),
        ("not a number", None, WITHOUT_AREA_CODE),
        ("", None, "Enter a phone number."),
        ("4" * 65, None, "This number is too long for a phone number."),
        ("+1 41*", None, "A prefix needs at least 3 digits after +1, so that it does not stop too many calls."),
    ],
)
def test_a_number_in_any_usual_form_is_blocked_and_any_other_says_how_to_mend_it(
    services: Services, owner: Actor, written: str, number: str | None, message: str
) -> None:
    [result] = services.blocked_callers.block_list.block(owner, [written]).value
    kind = Result.BLOCKED if number else Result.INVALID
    assert (result.input, result.number, result.result, result.message) == (written, number, kind, message)
    assert listed(services, owner) == ([number] if number else [])
    assert result.id == (entry_of(services, owner, number).row.id if number else None)


def test_every_number_of_a_request_comes_back_with_what_became_of_it(services: Services, owner: Actor) -> None:
    """In request order, including duplicates, numbers already blocked, and invalid ones. The valid ones are blocked."""
    [there] = block(services, owner, "+14155550133")
    done = services.blocked_callers.block_list.block(
        owner, [CALLER, "nonsense", "(415) 555-0132", "+14155550133", "415 555 0132 x7"], note="  Sells   roofs "
    )
    first = done.value[0].id
    assert first is not None
    assert done.value == [
        Blocked(CALLER, CALLER, first, Result.BLOCKED),
        Blocked("nonsense", None, None, Result.INVALID, WITHOUT_AREA_CODE),
        Blocked("(415) 555-0132", CALLER, first, Result.ALREADY),
        Blocked("+14155550133", "+14155550133", there, Result.ALREADY),
        Blocked(
            "415 555 0132 x7",
            CALLER,
            first,
            Result.ALREADY,
            "The extension 7 was left out: callers’ numbers have none.",
        ),
    ]
    assert done.topics == {business_topic(owner.business_id)}
    assert sorted((row.pattern, row.note) for row in entries(services, owner.business_id)) == [
        (CALLER, "Sells roofs"),
        ("+14155550133", ""),
    ]


def test_blocking_again_changes_nothing(services: Services, owner: Actor) -> None:
    """Neither note nor end change; a request with another end is told the existing one."""
    block(services, owner, CALLER, until=START + timedelta(days=1))
    done = services.blocked_callers.block_list.block(owner, [CALLER], note="Other", until=None)
    assert done == Changed(
        [Blocked(CALLER, CALLER, done.value[0].id, Result.ALREADY, done.value[0].message)], frozenset()
    )
    assert done.value[0].message == "It is blocked until 5 March 2026, 12:00 UTC."
    [row] = entries(services, owner.business_id)
    assert (row.note, row.until) == ("", START + timedelta(days=1))


def test_a_thousand_are_blocked_at_once_and_no_more(services: Services, owner: Actor) -> None:
    numbers = [f"+1415{n:07}" for n in range(1000)]
    assert {r.result for r in services.blocked_callers.block_list.block(owner, numbers).value} == {Result.BLOCKED}
    assert services.blocked_callers.block_list.page(owner).entries == 1000
    assert {r.result for r in services.blocked_callers.block_list.block(owner, numbers).value} == {Result.ALREADY}
    for wrong in ([], [*numbers, CALLER]):
        with pytest.raises(Invalid, match=r"Send 1 to 1,000 numbers at once") as refused:
            services.blocked_callers.block_list.block(owner, wrong)
        assert refused.value.field == "numbers"


def test_24_who_block_the_same_number_at_once_leave_one_entry(services: Services, owner: Actor) -> None:
    results = at_once(*[lambda: services.blocked_callers.block_list.block(owner, [CALLER]).value[0]] * 24)
    kinds = [result.result for result in results if isinstance(result, Blocked)]
    assert sorted(kinds) == [Result.ALREADY] * 23 + [Result.BLOCKED]
    assert len({result.id for result in results if isinstance(result, Blocked)}) == 1
    assert listed(services, owner) == [CALLER]


def test_lists_that_overlap_at_once_block_each_number_once(services: Services, owner: Actor) -> None:
    """In whatever order each list has them, without deadlock."""
    numbers = [f"+1415555{n:04}" for n in range(12)]
    lists = [numbers[n:] + numbers[:n] for n in range(12)] + [numbers[::-1]] * 4
    results = at_once(
        *[lambda some=some: services.blocked_callers.block_list.block(owner, some).value for some in lists]
    )
    new = [r.number for result in results for r in result if r.result is Result.BLOCKED]  # type: ignore[attr-defined]
    assert sorted(new) == numbers
    assert sorted(listed(services, owner)) == numbers


@pytest.mark.parametrize("note", ["x" * 201, "a\u202eb", "a\x00b", "a\u200bb"])
def test_a_note_that_is_too_long_or_cannot_be_seen_is_refused(services: Services, owner: Actor, note: str) -> None:
    with pytest.raises(Invalid, match="up to 200 visible characters") as refused:
        services.blocked_callers.block_list.block(owner, [CALLER], note=note)
    assert refused.value.field == "note"
    assert entries(services, owner.business_id) == []


@pytest.mark.parametrize("note", ["x" * 200, "=cmd|' /C calc'!A0", "<b>größe</b>", "電話 📞"])
def test_any_visible_note_is_kept_to_the_letter(services: Services, owner: Actor, note: str) -> None:
    services.blocked_callers.block_list.block(owner, [CALLER], note=note)
    assert entries(services, owner.business_id)[0].note == note


@pytest.mark.parametrize(
    ("now", "zone", "last"),
    [
        (datetime(2026, 3, 4, 12, tzinfo=UTC), "UTC", datetime(2036, 3, 5, tzinfo=UTC)),
        (datetime(2026, 3, 4, 2, tzinfo=UTC), "America/New_York", datetime(2036, 3, 4, 5, tzinfo=UTC)),
        (datetime(2026, 6, 30, 23, tzinfo=UTC), "Pacific/Kiritimati", datetime(2036, 7, 1, 10, tzinfo=UTC)),
        (datetime(2028, 2, 29, 12, tzinfo=UTC), "UTC", datetime(2038, 3, 1, tzinfo=UTC)),
        (datetime(2026, 12, 31, 12, tzinfo=UTC), "UTC", datetime(2037, 1, 1, tzinfo=UTC)),
    ],
)
def test_an_end_is_after_now_and_at_most_the_end_of_the_day_in_ten_years(
    services: Services, clock: FakeClock, now: datetime, zone: str, last: datetime
) -> None:
    """In the business's time zone; also starting from 29 February."""
    owner = add_member(services, add_business(services, time_zone=zone), Role.OWNER, clock)
    clock.moment = now
    for wrong in (now, now - timedelta(days=1), last + timedelta(seconds=1)):
        with pytest.raises(Invalid, match="from today on, within 10 years") as refused:
            services.blocked_callers.block_list.block(owner, [CALLER], until=wrong)
        assert refused.value.field == "until"
    block(services, owner, CALLER, until=last)
    block(services, owner, "anonymous", until=now + timedelta(seconds=1))
    assert [row.until for row in entries(services, owner.business_id)] == [last, now + timedelta(seconds=1)]


@pytest.mark.parametrize("ahead", [0, 1, 3653])
def test_a_day_as_the_end_is_whole_in_the_time_zone_of_the_business(
    services: Services, clock: FakeClock, ahead: int
) -> None:
    """From today to the last day of the ten years; in this zone it is still yesterday."""
    owner = add_member(services, add_business(services, time_zone="America/New_York"), Role.OWNER, clock)
    clock.moment = datetime(2026, 3, 5, 2, tzinfo=UTC)
    today = date(2026, 3, 4)
    for wrong in (today - timedelta(days=1), date(2036, 3, 5), date.max):
        with pytest.raises(Invalid, match="from today on, within 10 years") as refused:
            services.blocked_callers.block_list.block(owner, [CALLER], until=wrong)
        assert refused.value.field == "until"
    last = today + timedelta(days=ahead)
    [result] = services.blocked_callers.block_list.block(owner, [CALLER], until=last).value
    assert result.result is Result.BLOCKED
    assert [row.until for row in entries(services, owner.business_id)] == [
        datetime.combine(last + timedelta(days=1), time(), ZoneInfo("America/New_York")).astimezone(UTC)
    ]


def test_what_has_ended_can_be_blocked_again(services: Services, owner: Actor, clock: FakeClock) -> None:
    """The expired entry keeps its stops and its original end."""
    [first] = block(services, owner, CALLER, until=START + timedelta(hours=1))
    clock.tick(hours=2)
    assert listed(services, owner) == []
    [second] = block(services, owner, CALLER)
    assert second != first
    removed = {row.id: row.removed_at for row in entries(services, owner.business_id)}
    assert removed == {first: START + timedelta(hours=1), second: None}


def test_what_was_done_is_recorded_with_who_did_it(services: Services, owner: Actor) -> None:
    """Up to three by their numbers, more by count; an API key by its name. No-ops are not recorded."""
    key = a_key(owner.business_id)
    made = block(services, owner, CALLER, "+1212*", "anonymous")
    services.blocked_callers.block_list.block(owner, [CALLER, "nonsense"])
    services.blocked_callers.block_list.block(key, [f"+1415{n:07}" for n in range(1200, 1204)])
    services.blocked_callers.block_list.unblock(owner, made[:1])
    services.blocked_callers.block_list.put_back(owner, made[:1])
    with services.database.read() as session:
        rows = session.exec(select(Activity).where(Activity.topic == "blocked_callers")).all()
    assert sorted((row.what, row.user_id or "", str(row.before), str(row.after)) for row in rows) == [
        ("blocked", "", "{}", "{'Callers': '4 entries', 'API key': 'Platform'}"),
        ("blocked", owner.user_id, "{}", "{'Callers': '(415) 555-0132, +1 212…, Anonymous callers'}"),
        ("blocked again", owner.user_id, "{}", "{'Callers': '(415) 555-0132'}"),
        ("unblocked", owner.user_id, "{'Callers': '(415) 555-0132'}", "{}"),
    ]


def test_numbers_are_read_in_the_region_of_the_business(services: Services, owner: Actor) -> None:
    with services.database.write() as session:
        session.get_one(Business, owner.business_id).region = "GB"
    [result, prefix] = services.blocked_callers.block_list.block(owner, ["020 7946 0018", "020 7*"]).value
    assert (result.number, prefix.number) == ("+442079460018", "+44207*")


@pytest.mark.parametrize("role", STAFF)
def test_owners_and_admins_block_and_unblock(services: Services, business: str, clock: FakeClock, role: Role) -> None:
    actor = add_member(services, business, role, clock)
    [entry] = block(services, actor, CALLER)
    assert services.blocked_callers.block_list.page(actor).entries == 1
    assert services.blocked_callers.block_list.unblock(actor, [entry]).value == 1
    assert services.blocked_callers.block_list.put_back(actor, [entry]).value == 1


def test_nobody_else_does_or_sees_the_list(services: Services, business: str, owner: Actor, clock: FakeClock) -> None:
    """Whatever else is wrong with the request."""
    [entry] = block(services, owner, CALLER)
    service = services.blocked_callers.block_list
    screening = a_key(business, KeyAccess.SCREENING)
    for actor in (screening, *(add_member(services, business, role, clock) for role in OTHERS)):
        for deed in (
            lambda actor=actor: service.page(actor),
            lambda actor=actor: service.after(actor, limit=0),
            lambda actor=actor: service.get(actor, "blk_x"),
            *_writing(services, actor, entry),
        ):
            with pytest.raises(Forbidden):
                deed()
    assert listed(services, owner) == [CALLER]


def test_a_read_only_key_sees_the_list_and_changes_nothing(services: Services, business: str, owner: Actor) -> None:
    [entry] = block(services, owner, CALLER)
    key = a_key(business, KeyAccess.READ_ONLY)
    assert services.blocked_callers.block_list.get(key, entry).row.pattern == CALLER
    assert len(services.blocked_callers.block_list.after(key)[0]) == 1
    for deed in _writing(services, key, entry):
        with pytest.raises(Forbidden):
            deed()
    assert listed(services, owner) == [CALLER]


def _writing(services: Services, actor: Actor | KeyActor, entry: str) -> list:
    service = services.blocked_callers.block_list
    return [
        lambda: service.block(actor, []),
        lambda: service.unblock(actor, [entry]),
        lambda: service.unblock_one(actor, entry),
        lambda: service.put_back(actor, [entry]),  # type: ignore[arg-type]
    ]
