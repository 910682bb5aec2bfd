"""How much one session may change in the browser."""

from settings_ui.bootstrap import Services, using
from settings_ui.domain.access import Role
from settings_ui.gateways.ports import Limit
from settings_ui.models import User
from settings_ui.services.kit.limits import Changes
from settings_ui.state.business import Business
from settings_ui.state.profile import Profile
from tests.clocked_limiter import ClockedLimiter
from tests.state.people import People
from tests.state.pipeline import Pipeline
from tests.support import FakeClock, replaced


async def test_whoever_changes_too_much_waits_for_an_hour(
    services: Services, people: People, pipeline: Pipeline, clock: FakeClock
) -> None:
    """In all windows and forms of the session together; the name stays as it was. Others go on, and so does the same
    person in a session of their own, if it was a thief who used this one up."""
    one = people.member(Role.OWNER)
    other = people.member(Role.OWNER, one.business_id)
    few = Changes(ClockedLimiter(clock), Limit(times=3, within_s=3600))

    def name() -> str:
        with services.database.read() as session:
            return session.get_one(User, one.user_id).name

    with using(replaced(services, {"changes": few})):
        window = await pipeline.window(one.cookie)
        for n in range(5):
            await window.emit(Profile.rename, form={"name": f"Dana {n}"})
        assert name() == "Dana 2"
        assert window.shows(Profile)["name_errors"] == {
            "": "You have made too many changes. Try again in 1 hour.",
        }
        second = await pipeline.window(one.cookie, "/business")
        await second.emit(Business.save, form={"name": "Renamed"})
        assert "too many changes" in str(second.shows(Business))
        theirs = await pipeline.window(other.cookie)
        await theirs.emit(Profile.rename, form={"name": "Sam"})
        assert theirs.shows(Profile).get("name_errors", {}) == {}
        own = await pipeline.window(people.sign_in(one))
        await own.emit(Profile.rename, form={"name": "Dana again"})
        assert name() == "Dana again"
        clock.tick(hours=1)
        await window.emit(Profile.rename, form={"name": "Dana"})
        assert name() == "Dana"


async def test_removing_a_photo_is_a_change_too(
    services: Services, people: People, pipeline: Pipeline, clock: FakeClock
) -> None:
    """Each is kept in the activity, like the others."""
    one = people.member(Role.VIEWER)
    few = Changes(ClockedLimiter(clock), Limit(times=2, within_s=3600))
    with using(replaced(services, {"changes": few})):
        window = await pipeline.window(one.cookie)
        said = [str(await window.emit(Profile.remove_photo)) for _ in range(3)]
    assert ["too many changes" in each for each in said] == [False, False, True]
