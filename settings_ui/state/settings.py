"""The Settings page: which tabs this actor has, and which is open."""

from collections.abc import Callable
from typing import Any, ClassVar

import reflex as rx

from settings_ui.bootstrap import services
from settings_ui.domain.access import TABLE, Actor, Capability, Grant, Page, Role, Tab, roles_with
from settings_ui.domain.errors import DomainError
from settings_ui.services.account.access import Holders
from settings_ui.services.business.shell import Home, Surroundings
from settings_ui.state.answers import Refused, call
from settings_ui.state.api_keys import ApiKeys
from settings_ui.state.billing import Billing
from settings_ui.state.billing_plan import BillingPlan
from settings_ui.state.billing_usage import BillingUsage
from settings_ui.state.binding import Binding, current_actor, in_thread
from settings_ui.state.blocked_callers import BlockedCallers
from settings_ui.state.event import event
from settings_ui.state.payouts import Payouts
from settings_ui.state.profile import Profile
from settings_ui.state.qualified_calls import QualifiedCalls
from settings_ui.state.shell import Shell
from settings_ui.state.support import Support
from settings_ui.state.tab import TabState
from settings_ui.state.views.common import NoticeView

STATES: dict[Tab, type[TabState]] = {
    Tab.PROFILE: Profile,
    Tab.BILLING: Billing,
    Tab.API_KEYS: ApiKeys,
    Tab.QUALIFIED_CALLS: QualifiedCalls,
    Tab.BLOCKED_CALLERS: BlockedCallers,
    Tab.SUPPORT: Support,
    Tab.PAYOUTS: Payouts,
}
"""The state of each tab."""
PARTS: dict[Tab, tuple[type[TabState], ...]] = {Tab.BILLING: (BillingPlan, BillingUsage)}
"""Additional states of a tab, each with the data of some of its cards, loaded together with it."""
Address = tuple[str, str]
"""The slug of a tab and the name of a refused page in a URL; empty if absent."""
AFTER_A_NOTICE: Address = (Tab.PROFILE.slug, "")
"""The browser's URL once a notice is shown."""
NOBODY = Holders([], 0)


class Settings(rx.State):
    """Which tab is open, which one is near, that is may be opened next and has its data, and the notice above.

    `wanted` is the section that the person can ask for access to, `remedy` where an owner, who would ask only
    themselves, turns it on.

    `_led_from` is the requested URL and its visit: after a notice the browser shows the URL of the profile, and the
    notice stays until the person navigates.
    """

    _requires: ClassVar[Capability | None] = Capability.EDIT_OWN_PROFILE
    tab: str = ""
    near: str = ""
    notice: NoticeView = NoticeView()
    wanted: str = ""
    remedy: str = ""
    _led_from: tuple[str, Address] = ("", ("", ""))

    @event
    async def open(self) -> None:
        """Show the tab in the URL with current data. Live updates call this too."""
        actor = current_actor()
        visit = (await self.get_state(Binding))._visit
        asked, page = self._asked(actor, visit)
        tab, denied = choose(actor, asked, page)
        states = [await self.get_state(each) for each in _states(tab)]
        read = _together([state._reader(actor) for state in states])
        seen, loaded, holders, was_asked = await in_thread(lambda: _load(actor, read, denied))
        shell = await self.get_state(Shell)
        shell._show(actor, seen)
        if isinstance(loaded, DomainError):
            self.notice = NoticeView("This could not be loaded.", loaded.message)
            return
        if visit != self._led_from[0]:
            await self._leave_forms(tab)
        for state, part in zip(states, loaded, strict=True):
            state._fill(actor, part)
        self.notice = notice(actor, asked, denied, shell.home.name, holders)
        owns = actor.role is Role.OWNER
        self.wanted = _name(denied) if denied and not was_asked and not owns else ""
        self.remedy = _switch(seen.current) if denied and owns else ""
        self.tab = tab.slug
        if self.near == tab.slug:
            self.near = ""  # it is open now, and gone once it is left, with its dialogs
        self._led_from = (visit, (asked, page))

    async def _leave_forms(self, tab: Tab) -> None:
        """Forget the errors of the tab that is left, so that it never shows them again, and of the one that is opened,
        which was left for another page."""
        left = Tab.of(self.tab) or tab
        for each in {*_states(left), *_states(tab)}:
            (await self.get_state(each))._forget_errors()

    def _asked(self, actor: Actor, visit: str) -> Address:
        """Return the tab and the refused page in the URL; at the URL that a notice led to, those that the notice is
        about."""
        query = self.router.url.query_parameters
        here = (query.get("tab") or "", query.get("denied") or "")
        led_by, before = self._led_from
        stays = here == AFTER_A_NOTICE and led_by == visit and choose(actor, *before)[0] is Tab.PROFILE
        return before if stays else here

    @event
    async def ask_for_access(self) -> None:
        """Ask the owners for access to the section that was refused."""
        actor, wanted = current_actor(), Tab.of(self.wanted) or Page.at(f"/{self.wanted}")
        if wanted is None:
            return
        shell = await self.get_state(Shell)
        try:
            await call(lambda: services().business.requests.send(actor, wanted))
            shell._toast(f"We asked the owners to give you access to {wanted.label}")
        except Refused as refused:
            shell._toast(str(refused), kind="bad")
        self.wanted = ""

    @event
    async def prepare(self, slug: str) -> None:
        """Load a tab that may be opened next, unless this window has it. The URL alone decides which one is open."""
        actor, tab = current_actor(), Tab.of(slug)
        if tab is None or not actor.may(tab.capability):
            return
        states = [await self.get_state(each) for each in _states(tab)]
        if not states[0].loaded:
            parts = await in_thread(_together([state._reader(actor) for state in states]))
            for state, part in zip(states, parts, strict=True):
                state._fill(actor, part)
        self.near = "" if slug == self.tab else slug


def _states(tab: Tab) -> tuple[type[TabState], ...]:
    return STATES[tab], *PARTS.get(tab, ())


def _together(readers: list[Callable[[], Any]]) -> Callable[[], list[Any]]:
    return lambda: [read() for read in readers]


def choose(actor: Actor, asked: str, page: str = "") -> tuple[Tab, Tab | Page | None]:
    """Return the tab to show for a slug, and the requested tab or page if the actor may not see it."""
    refused = Page.at(f"/{page}") if page else None
    if refused and not actor.may(refused.capability):
        return Tab.PROFILE, refused
    wanted = Tab.of(asked) if asked else Tab.PROFILE
    if wanted is None:
        return Tab.PROFILE, None
    return (wanted, None) if actor.may(wanted.capability) else (Tab.PROFILE, wanted)


def notice(actor: Actor, asked: str, denied: Tab | Page | None, business: str, holders: Holders) -> NoticeView:
    """Return the notice above the tab: that it does not exist, or who has access; empty if neither."""
    if denied:
        others = [f"{holders.more:,} {'other' if holders.more == 1 else 'others'}"] if holders.more else []
        who = f"that is {_and([*holders.names, *others])}" if holders.names else "nobody has it now"
        return NoticeView(f"{denied.label} is for {_audience(denied.capability)}.", f"In {business}, {who}.")
    if asked and Tab.of(asked) is None:
        return NoticeView("This section does not exist.", "The address may be mistyped. This is your profile.")
    return NoticeView()


def _load(
    actor: Actor, read: Callable[[], list[Any]], denied: Tab | Page | None
) -> tuple[Surroundings, list[Any] | DomainError, Holders, bool]:
    """Return what surrounds the tab, and its data or why there is none: the other tabs can still be opened."""
    seen = services().business.shell.see(actor)
    loaded: list[Any] | DomainError
    try:
        loaded = read()
    except DomainError as error:
        loaded = error
    holders = services().account.access.holders(actor, denied.capability) if denied else NOBODY
    was_asked = services().business.requests.was_sent(actor, denied) if denied else False
    return seen, loaded, holders, was_asked


def _switch(home: Home) -> str:
    """Return where an owner turns on what only Pay Per Call gives: for themselves, or first for the business."""
    return Page.BUSINESS.path if home.pay_per_call else f"{Page.SETTINGS.path}?tab={Tab.BILLING.slug}"


def _name(section: Tab | Page) -> str:
    return section.slug if isinstance(section, Tab) else section.path.strip("/")


def _audience(capability: Capability) -> str:
    always = [f"{role}s" for role in roles_with(capability, Grant.YES)]
    others = " and for members with access to Pay Per Call" if Grant.ADD_ON in TABLE[capability].values() else ""
    return _and(always) + others


def _and(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
