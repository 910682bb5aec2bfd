"""Every way in which a window may have a right, or have lost it."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from tests.state.people import People
from tests.state.pipeline import Pipeline, Window
from tests.support import FakeClock, add_business, join, open_session
from tests.tickets import add_staff

SECRET = "nobody-else-sees@paypal.example"


class Stage(NamedTuple):
    """The parts needed to set up a situation."""

    services: Services
    clock: FakeClock
    people: People
    pipeline: Pipeline


class Case(NamedTuple):
    """A window, the role that should apply to it (None: none), and whether the member has the add-on."""

    window: Window
    role: Role | None
    add_on: bool = False
    staff: bool = False


async def with_the_add_on(on: Stage, role: Role) -> Case:
    person = on.people.member(role)
    return Case(await on.pipeline.window(person.cookie), role, add_on=True)


async def without_the_add_on(on: Stage, role: Role) -> Case:
    person = on.people.member(role, pay_per_call=False)
    return Case(await on.pipeline.window(person.cookie), role)


async def without_access_to_the_add_on(on: Stage, role: Role) -> Case:
    person = on.people.member(role, access=False)
    return Case(await on.pipeline.window(person.cookie), role)


async def once_an_owner(on: Stage, role: Role) -> Case:
    person = on.people.member(Role.OWNER)
    window = await on.pipeline.window(person.cookie)
    on.people.set_role(person, role)
    return Case(window, role, add_on=True)


async def after_the_add_on_lapsed(on: Stage, role: Role) -> Case:
    person = on.people.member(role)
    on.people.save_destination(person, SECRET)
    window = await on.pipeline.window(person.cookie)
    on.people.switch_pay_per_call(person, active=False)
    return Case(window, role)


async def owner_of_another_business(on: Stage, role: Role) -> Case:
    person = on.people.member(Role.OWNER)
    here = add_business(on.services)
    join(on.services, person.user_id, here, role)
    cookie = open_session(on.services, person.user_id, on.clock, here)
    return Case(await on.pipeline.window(cookie), role)


async def at_the_staff_desk(on: Stage, _role: Role) -> Case:
    """A window of a support staff account, which is a member of no business."""
    return Case(await on.pipeline.window(on.people.staff(), "/staff"), None, staff=True)


async def staff_in_settings(on: Stage, _role: Role) -> Case:
    return Case(await on.pipeline.window(on.people.staff()), None, staff=True)


async def no_longer_staff(on: Stage, _role: Role) -> Case:
    staff, cookie = add_staff(on.services, on.clock, "")
    window = await on.pipeline.window(cookie, "/staff")
    on.services.support.staff.remove(on.services.support.desk.who(staff)[1])
    return Case(window, None)


async def signed_out(on: Stage, _role: Role) -> Case:
    return Case(await on.pipeline.window(None), None)


async def with_a_cookie_of_nobody(on: Stage, _role: Role) -> Case:
    return Case(await on.pipeline.window("a-cookie-that-nobody-was-ever-given"), None)


async def session_ended(on: Stage, role: Role) -> Case:
    person = on.people.member(role)
    window = await on.pipeline.window(person.cookie)
    on.services.account.sign_in.sign_out(person.cookie)
    return Case(window, None)


async def session_idle_for_a_week(on: Stage, role: Role) -> Case:
    person = on.people.member(role)
    window = await on.pipeline.window(person.cookie)
    on.clock.tick(days=7)
    return Case(window, None)


async def account_disabled(on: Stage, role: Role) -> Case:
    person = on.people.member(role)
    window = await on.pipeline.window(person.cookie)
    on.people.disable(person)
    return Case(window, None)


async def removed(on: Stage, role: Role) -> Case:
    person = on.people.member(role)
    window = await on.pipeline.window(person.cookie)
    on.people.remove(person)
    return Case(window, None)


async def removed_here_and_owner_elsewhere(on: Stage, role: Role) -> Case:
    person = on.people.member(role)
    window = await on.pipeline.window(person.cookie)
    join(on.services, person.user_id, add_business(on.services, pay_per_call=True), Role.OWNER)
    on.people.remove(person)
    return Case(window, None)


async def in_the_window_of_an_owner(on: Stage, role: Role) -> Case:
    """A window token of somebody else, used in a browser signed in as another person."""
    owner = on.people.member(Role.OWNER)
    on.people.save_destination(owner, SECRET)
    theirs = await on.pipeline.window(owner.cookie, "/settings?tab=payouts")
    await theirs.close()
    other = on.people.member(role, owner.business_id)
    return Case(await on.pipeline.socket(other.cookie, token=theirs.token), None)


SITUATIONS: list[Callable[[Stage, Role], Awaitable[Case]]] = [
    with_the_add_on,
    without_the_add_on,
    without_access_to_the_add_on,
    once_an_owner,
    after_the_add_on_lapsed,
    owner_of_another_business,
    at_the_staff_desk,
    staff_in_settings,
    no_longer_staff,
    signed_out,
    with_a_cookie_of_nobody,
    session_ended,
    session_idle_for_a_week,
    account_disabled,
    removed,
    removed_here_and_owner_elsewhere,
    in_the_window_of_an_owner,
]
