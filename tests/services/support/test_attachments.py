"""Ticket attachments: who owns them, who sees them, and what happens to those never sent."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Person, Role, StaffActor
from settings_ui.domain.errors import Forbidden, Invalid, NotFound, TooMany, Unavailable
from settings_ui.models import TicketAttachment
from settings_ui.services.support.attachments import Attachments, path_of
from tests.clocked_limiter import ClockedLimiter
from tests.fakes import DatabaseAway, KeptFiles
from tests.support import FakeClock, add_member, make_services
from tests.tickets import open_ticket

TEXT = b"line 1\nline 2\n"


@pytest.fixture
def shelf(clock: FakeClock) -> KeptFiles:
    return KeptFiles(clock=clock)


@pytest.fixture
def services(database_url: str, clock: FakeClock, shelf: KeptFiles) -> Iterator[Services]:
    """All services, with files kept in memory on the shelf."""
    built = make_services(database_url, clock, limiter=ClockedLimiter(clock), storage=shelf)
    yield built
    built.database.close()


async def keep(services: Services, actor: Person, data: bytes = TEXT, name: str = "log.txt") -> str:
    return (await services.support.attachments.keep(actor, name, data)).id


async def sees(services: Services, actor: Person, attachment: str) -> bool:
    try:
        found, data = await services.support.attachments.get(actor, attachment)
    except NotFound:
        return False
    assert (found.id, data) == (attachment, TEXT)
    return True


async def test_a_file_is_its_uploaders_until_it_is_sent_and_then_of_all_who_see_the_ticket(
    services: Services,
    business: str,
    manager: Actor,
    stranger: Actor,
    staff: StaffActor,
    clock: FakeClock,
    shelf: KeptFiles,
) -> None:
    """Stored under an unguessable name."""
    colleague = add_member(services, business, Role.ADMIN, clock)
    file = await keep(services, manager)
    assert list(shelf.files) == [f"attachments/{file}"]
    people = (manager, colleague, staff, stranger)
    assert [await sees(services, one, file) for one in people] == [True, False, False, False]
    ticket = open_ticket(services, manager, files=[file])
    assert [await sees(services, one, file) for one in people] == [True, True, True, False]
    answer = await keep(services, staff)
    assert [await sees(services, one, answer) for one in people] == [False, False, True, False]
    services.support.desk.reply(staff, ticket, "See this", [answer])
    assert [await sees(services, one, answer) for one in people] == [True, True, True, False]
    entries = services.support.tickets.see(manager, ticket).entries
    assert [[(f.name, f.size, f.media_type) for f in entry.files] for entry in entries] == [
        [("log.txt", len(TEXT), "text/plain")]
    ] * 2


async def test_only_ones_own_unsent_files_of_this_business_can_be_sent(
    services: Services, business: str, manager: Actor, stranger: Actor, staff: StaffActor, clock: FakeClock
) -> None:
    colleague = add_member(services, business, Role.ADMIN, clock)
    sent = await keep(services, manager)
    ticket = open_ticket(services, manager, files=[sent])
    elsewhere = replace(manager, business_id=stranger.business_id)  # the same person, in another of their businesses
    foreign = [await keep(services, one) for one in (colleague, stranger, staff, elsewhere)]
    assert not await sees(services, manager, foreign[-1])
    for file in (*foreign, sent, "att_none", ""):
        with pytest.raises(Invalid) as refused:
            services.support.tickets.reply(manager, ticket, "See this", [file])
        assert refused.value.field == "attachments"
    with pytest.raises(Invalid):
        services.support.desk.reply(staff, ticket, "See this", [foreign[0]])
    assert len(services.support.tickets.see(manager, ticket).entries) == 1


async def test_ten_files_go_with_an_entry_and_eleven_do_not(services: Services, manager: Actor) -> None:
    files = [await keep(services, manager) for _ in range(11)]
    with pytest.raises(Invalid, match="You can attach up to 10 files at a time; these are 11"):
        open_ticket(services, manager, files=files)
    assert services.support.tickets.page(manager).page == ()
    ticket = open_ticket(services, manager, files=[*files[:10], files[0]])
    assert len(services.support.tickets.see(manager, ticket).entries[0].files) == 10


@pytest.mark.parametrize("role", [Role.VIEWER, Role.PUBLISHER])
async def test_viewers_and_publishers_neither_keep_nor_see_files(
    services: Services, business: str, manager: Actor, clock: FakeClock, shelf: KeptFiles, role: Role
) -> None:
    file = await keep(services, manager)
    actor = add_member(services, business, role, clock)
    with pytest.raises(Forbidden):
        await keep(services, actor)
    with pytest.raises(Forbidden):
        await services.support.attachments.get(actor, file)
    assert len(shelf.files) == 1


async def test_what_is_refused_or_cannot_be_stored_leaves_nothing(
    services: Services, manager: Actor, shelf: KeptFiles
) -> None:
    with pytest.raises(Invalid):
        await keep(services, manager, b"<svg/>", "picture.png")
    shelf.fails = {"put", "get", "delete"}
    with pytest.raises(Unavailable):
        await keep(services, manager)
    with services.database.read() as session:
        assert session.exec(select(TicketAttachment)).all() == []
    assert shelf.files == {}


async def test_a_database_that_goes_away_leaves_no_file_behind(
    manager: Actor, shelf: KeptFiles, clock: FakeClock
) -> None:
    attachments = Attachments(DatabaseAway(), clock, ClockedLimiter(clock), shelf)  # type: ignore[arg-type]
    with pytest.raises(Unavailable, match="Nothing was changed"):
        await attachments.keep(manager, "log.txt", TEXT)
    assert shelf.files == {}


async def test_a_file_that_the_storage_lost_or_withholds_is_said(
    services: Services, manager: Actor, shelf: KeptFiles
) -> None:
    file = await keep(services, manager)
    shelf.fails = {"put", "get", "delete"}
    with pytest.raises(Unavailable):
        await services.support.attachments.get(manager, file)
    shelf.fails = set()
    shelf.files.clear()
    assert not await sees(services, manager, file)


async def test_sixty_files_an_hour(services: Services, manager: Actor, clock: FakeClock) -> None:
    for _ in range(60):
        await keep(services, manager)
    with pytest.raises(TooMany):
        await keep(services, manager)
    clock.tick(hours=1, seconds=1)
    await keep(services, manager)


async def test_files_that_nobody_sent_within_a_day_are_forgotten(
    services: Services, manager: Actor, clock: FakeClock, shelf: KeptFiles
) -> None:
    sent, unsent = await keep(services, manager), await keep(services, manager)
    open_ticket(services, manager, files=[sent])
    clock.tick(hours=23, minutes=59)
    young = await keep(services, manager)
    assert await services.support.attachments.sweep() == 0
    clock.tick(minutes=2)
    assert await services.support.attachments.sweep() == 1
    assert set(shelf.files) == {path_of(sent), path_of(young)}
    assert not await sees(services, manager, unsent)
    clock.tick(days=1)
    shelf.fails = {"put", "get", "delete"}
    assert await services.support.attachments.sweep() == 1


async def test_of_an_upload_that_is_killed_nothing_is_left_after_a_day(
    services: Services, manager: Actor, clock: FakeClock, shelf: KeptFiles
) -> None:
    """A file that no row references would otherwise stay in storage forever."""

    class Killed(BaseException):
        """Simulates the process dying at this point."""

    async def put(name: str, data: bytes) -> None:
        shelf.files[name] = data
        raise Killed

    shelf.put = put  # type: ignore[method-assign]
    with pytest.raises(Killed):
        await keep(services, manager)
    assert len(shelf.files) == 1
    clock.tick(days=1, seconds=1)
    await services.support.attachments.sweep()
    assert shelf.files == {}


async def test_strays_are_deleted_once_they_are_a_day_old(
    services: Services, manager: Actor, clock: FakeClock, shelf: KeptFiles
) -> None:
    """For example, left behind because storage was unavailable when a file was to be deleted."""
    named = await keep(services, manager)
    await shelf.put(path_of("att_nobody_knows"), TEXT)
    await shelf.put("avatars/ava_of_somebody-64.webp", TEXT)
    clock.tick(days=1)
    assert await services.support.attachments.delete_strays() == 0
    clock.tick(seconds=1)
    assert await services.support.attachments.delete_strays() == 1
    assert set(shelf.files) == {path_of(named), "avatars/ava_of_somebody-64.webp"}


async def test_strays_wait_for_a_storage_that_is_away(services: Services, shelf: KeptFiles) -> None:
    shelf.fails = {"names"}
    with pytest.raises(Unavailable):
        await services.support.attachments.delete_strays()
