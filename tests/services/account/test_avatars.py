"""Photos: one pair of files per person, despite races and failures, visible to colleagues only."""

import asyncio
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlmodel import col, select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.errors import Invalid, TooLarge, TooMany, Unavailable
from settings_ui.gateways.image_child import SIZES
from settings_ui.models import Activity, User
from settings_ui.services.account.avatars import LARGE, MOST_BYTES, SMALL, WHY, Avatars, path_of
from settings_ui.services.kit.changes import business_topic, user_topic
from tests.clocked_limiter import ClockedLimiter
from tests.fakes import DatabaseAway, KeptFiles, PlainSquarer
from tests.support import FakeClock, add_business, add_member, join, make_services

PICTURE = b"what the squarer would look at"


@pytest.fixture
def files(clock: FakeClock) -> KeptFiles:
    return KeptFiles(clock=clock)


@pytest.fixture
def squarer() -> PlainSquarer:
    return PlainSquarer()


@pytest.fixture
def services(database_url: str, clock: FakeClock, files: KeptFiles, squarer: PlainSquarer) -> Iterator[Services]:
    built = make_services(database_url, clock, limiter=ClockedLimiter(clock), storage=files, squarer=squarer)
    yield built
    built.database.close()


def photo_of(services: Services, actor: Actor) -> str | None:
    with services.database.read() as session:
        return session.get_one(User, actor.user_id).avatar


def pair(name: str | None) -> set[str]:
    return {path_of(name, size) for size in SIZES} if name else set()


def noted(services: Services) -> list[str]:
    with services.database.read() as session:
        query = select(Activity.what).where(Activity.topic == "profile").order_by(col(Activity.at), col(Activity.id))
        return list(session.exec(query))


async def test_a_photo_is_kept_in_two_sizes_under_a_name_that_says_nothing(
    services: Services, owner: Actor, business: str, files: KeptFiles
) -> None:
    second = add_business(services)
    join(services, owner.user_id, second, Role.VIEWER)
    done = await services.account.avatars.set(owner, PICTURE)
    assert photo_of(services, owner) == done.value
    assert done.value.startswith("ava_")
    assert "dana" not in done.value
    assert owner.user_id[4:] not in done.value
    assert files.files == {f"avatars/{done.value}-{size}.webp": f"picture 1 of {size}".encode() for size in (256, 64)}
    assert done.topics == {user_topic(owner.user_id), business_topic(business), business_topic(second)}
    assert noted(services) == ["changed their photo"]


async def test_a_new_photo_takes_the_place_of_the_old_one(services: Services, owner: Actor, files: KeptFiles) -> None:
    """Under a new name, since browsers cache the old one; the originals are not kept."""
    first = (await services.account.avatars.set(owner, PICTURE)).value
    second = (await services.account.avatars.set(owner, PICTURE)).value
    assert first != second
    assert set(files.files) == pair(second)
    assert PICTURE not in files.files.values()
    assert await services.account.avatars.get(owner, first, LARGE) is None


async def test_uploads_at_once_leave_one_photo_and_no_other_file(
    services: Services, owner: Actor, files: KeptFiles
) -> None:
    done = await asyncio.gather(*[services.account.avatars.set(owner, PICTURE) for _ in range(8)])
    assert photo_of(services, owner) in {one.value for one in done}
    assert set(files.files) == pair(photo_of(services, owner))


async def test_an_upload_and_a_removal_at_once_leave_all_or_nothing(
    services: Services, owner: Actor, files: KeptFiles
) -> None:
    await services.account.avatars.set(owner, PICTURE)
    await asyncio.gather(
        services.account.avatars.set(owner, PICTURE),
        services.account.avatars.remove(owner),
        services.account.avatars.set(owner, PICTURE),
        services.account.avatars.remove(owner),
    )
    assert set(files.files) == pair(photo_of(services, owner))


@pytest.mark.parametrize("fails", [f"-{LARGE}.webp", f"-{SMALL}.webp", "put"])
async def test_a_storage_that_fails_leaves_the_old_photo(
    services: Services, owner: Actor, files: KeptFiles, fails: str
) -> None:
    """And leaves no half of the new one behind."""
    old = (await services.account.avatars.set(owner, PICTURE)).value
    before = dict(files.files)
    files.fails = {fails}
    with pytest.raises(Unavailable, match="Nothing was changed"):
        await services.account.avatars.set(owner, PICTURE)
    files.fails = set()
    assert photo_of(services, owner) == old
    assert noted(services) == ["changed their photo"]
    assert [await services.account.avatars.get(owner, old, size) for size in SIZES] == [
        before[path_of(old, s)] for s in SIZES
    ]
    if fails != f"-{LARGE}.webp":  # a storage that fails only for this file fails to delete it too
        assert files.files == before


async def test_an_old_photo_that_cannot_be_deleted_is_out_of_reach(
    services: Services, owner: Actor, files: KeptFiles, caplog: pytest.LogCaptureFixture
) -> None:
    old = (await services.account.avatars.set(owner, PICTURE)).value
    files.fails = {"delete"}
    new = (await services.account.avatars.set(owner, PICTURE)).value
    assert photo_of(services, owner) == new
    assert await services.account.avatars.get(owner, old, LARGE) is None
    assert f"photo {old} was left in the storage" in caplog.text


@pytest.mark.parametrize(("reason", "why"), WHY.items())
async def test_what_is_no_picture_is_refused_with_the_reason(
    services: Services, owner: Actor, files: KeptFiles, squarer: PlainSquarer, reason: str, why: str
) -> None:
    squarer.refuses = reason
    with pytest.raises(Invalid) as refused:
        await services.account.avatars.set(owner, PICTURE)
    assert (refused.value.message, refused.value.field) == (why, "photo")
    assert (photo_of(services, owner), files.files, noted(services)) == (None, {}, [])


async def test_nothing_and_too_much_are_refused_before_anything_looks_at_them(
    services: Services, owner: Actor, squarer: PlainSquarer
) -> None:
    with pytest.raises(Invalid, match="empty"):
        await services.account.avatars.set(owner, b"")
    with pytest.raises(TooLarge, match="over 5 MB"):
        await services.account.avatars.set(owner, b"x" * (MOST_BYTES + 1))
    assert squarer.seen == []
    await services.account.avatars.set(owner, b"x" * MOST_BYTES)


async def test_thirty_uploads_an_hour_also_when_they_are_refused(
    services: Services, owner: Actor, publisher: Actor, squarer: PlainSquarer, clock: FakeClock
) -> None:
    """Decoding is expensive: nobody can keep both cores busy for free."""
    squarer.refuses = "damaged"
    outcomes = await asyncio.gather(
        *[services.account.avatars.set(owner, PICTURE) for _ in range(34)], return_exceptions=True
    )
    assert Counter(type(outcome).__name__ for outcome in outcomes) == {"Invalid": 30, "TooMany": 4}
    assert len(squarer.seen) == 30
    squarer.refuses = ""
    with pytest.raises(TooMany):
        await services.account.avatars.set(owner, PICTURE)
    await services.account.avatars.set(publisher, PICTURE)
    clock.tick(hours=1)
    await services.account.avatars.set(owner, PICTURE)


async def test_a_removed_photo_is_gone_from_everywhere(
    services: Services, owner: Actor, publisher: Actor, business: str, files: KeptFiles, clock: FakeClock
) -> None:
    name = (await services.account.avatars.set(owner, PICTURE)).value
    clock.tick(seconds=1)
    done = await services.account.avatars.remove(owner)
    assert done.topics == {user_topic(owner.user_id), business_topic(business)}
    assert (photo_of(services, owner), files.files) == (None, {})
    assert await services.account.avatars.get(publisher, name, LARGE) is None
    assert noted(services) == ["changed their photo", "removed their photo"]


async def test_removing_none_is_fine_and_not_worth_noting(services: Services, owner: Actor) -> None:
    await services.account.avatars.remove(owner)
    assert noted(services) == []


async def test_a_storage_that_is_away_does_not_keep_a_photo_from_being_removed(
    services: Services, owner: Actor, files: KeptFiles
) -> None:
    await services.account.avatars.set(owner, PICTURE)
    files.fails = {"delete"}
    await services.account.avatars.remove(owner)
    assert photo_of(services, owner) is None


async def test_a_database_that_goes_away_leaves_no_file_behind(
    owner: Actor, files: KeptFiles, squarer: PlainSquarer, clock: FakeClock
) -> None:
    """The photo is stored before its row is written; without the row nobody would ever find or delete it."""
    limiter = ClockedLimiter(clock)
    avatars = Avatars(DatabaseAway(), clock, limiter, files, squarer)  # type: ignore[arg-type]
    with pytest.raises(Unavailable, match="Nothing was changed"):
        await avatars.set(owner, PICTURE)
    assert (squarer.made, files.files) == (1, {})


async def test_colleagues_see_it_and_nobody_else(
    services: Services, owner: Actor, publisher: Actor, clock: FakeClock, files: KeptFiles
) -> None:
    """For other businesses the answer is the same as for a name that does not exist."""
    stranger = add_member(services, add_business(services), Role.OWNER, clock)
    name = (await services.account.avatars.set(owner, PICTURE)).value
    for actor in (owner, publisher):
        assert [await services.account.avatars.get(actor, name, size) for size in (256, 64)] == [
            b"picture 1 of 256",
            b"picture 1 of 64",
        ]
    assert await services.account.avatars.get(stranger, name, LARGE) is None
    assert await services.account.avatars.get(stranger, "ava_" + "a" * 24, LARGE) is None
    files.fails = {"get"}
    assert await services.account.avatars.get(stranger, name, LARGE) is None, "storage is not even queried"


async def test_who_leaves_the_business_sees_it_no_more_and_is_seen_no_more(
    services: Services, owner: Actor, publisher: Actor, business: str
) -> None:
    name = (await services.account.avatars.set(owner, PICTURE)).value
    theirs = (await services.account.avatars.set(publisher, PICTURE)).value
    services.business.members.remove_member(business, "pat@example.com")
    assert await services.account.avatars.get(publisher, name, LARGE) is None
    assert await services.account.avatars.get(owner, theirs, LARGE) is None


@pytest.mark.parametrize("name", ["", "%", "\x01", "../ava", "ava_" + "a" * 24, "x" * 5000])
async def test_a_name_that_is_none_finds_nothing(services: Services, owner: Actor, name: str) -> None:
    await services.account.avatars.set(owner, PICTURE)
    assert await services.account.avatars.get(owner, name, LARGE) is None


async def test_a_storage_that_is_away_is_no_missing_photo(services: Services, owner: Actor, files: KeptFiles) -> None:
    """Browsers cache a 404 for a while, but the photo still exists."""
    name = (await services.account.avatars.set(owner, PICTURE)).value
    files.fails = {"get"}
    with pytest.raises(Unavailable, match="not available right now"):
        await services.account.avatars.get(owner, name, LARGE)


async def test_photos_that_are_nobodys_are_deleted_once_they_are_a_day_old(
    services: Services, owner: Actor, files: KeptFiles, clock: FakeClock
) -> None:
    """Left over when a process was killed between storing the files and the row, or when deleting failed."""
    files.fails = {"delete"}
    first = await services.account.avatars.set(owner, PICTURE)
    second = await services.account.avatars.set(owner, PICTURE)
    files.fails = set()
    await files.put("attachments/att_of_a_ticket", b"")
    clock.tick(days=1)
    assert await services.account.avatars.delete_strays() == 0
    clock.tick(seconds=1)
    assert await services.account.avatars.delete_strays() == len(pair(first.value))
    assert set(files.files) == pair(second.value) | {"attachments/att_of_a_ticket"}
