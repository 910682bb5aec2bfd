"""The Activity page."""

from typing import ClassVar

import reflex as rx

from settings_ui.bootstrap import services
from settings_ui.domain.access import Actor, Capability, Page, Tab
from settings_ui.domain.errors import DomainError
from settings_ui.domain.money import prefix
from settings_ui.services.activity import log
from settings_ui.services.activity.effects import Effect, Undo
from settings_ui.services.activity.filter import KEYS, ActivityFilterText, filter_of
from settings_ui.services.business.shell import Surroundings
from settings_ui.services.kit.activity import AUTOMATIC, OPERATOR
from settings_ui.state.answers import Refused, call
from settings_ui.state.binding import current_actor, in_thread
from settings_ui.state.event import event
from settings_ui.state.filtered import FilteredState
from settings_ui.state.shell import Shell
from settings_ui.state.views.activity import ActivityView, ChoiceView, FilterView
from settings_ui.state.views.common import MomentView, change_view, moment_view

NOT_MEMBERS = [
    ChoiceView(OPERATOR, "The operator"),
    ChoiceView(AUTOMATIC, "Automatic"),
    ChoiceView(KEYS, "API keys"),
]
SECTIONS = {"members": ("Members", "/business"), "business": ("Business", "/business")}
ADDRESSES = {"members": "?member={}", "support": "&ticket={}"}
"""What follows the path of a section and leads to what a change there is about."""
UNDO = {Undo.UNBLOCK: "Unblock", Undo.BLOCK_AGAIN: "Block again"}


class Activity(FilteredState, rx.State):
    """A page of changes."""

    _requires: ClassVar[Capability | None] = Capability.SEE_ACTIVITY
    _at: ClassVar[Page] = Page.ACTIVITY
    _about: dict[str, tuple[str, ...]] = {}
    loaded: bool = False
    filter: FilterView = FilterView()
    changes: list[ActivityView] = []
    people: list[ChoiceView] = []
    sections: list[ChoiceView] = []

    @event
    async def open(self) -> None:
        """Show the changes that the URL asks for."""
        await self._load(current_actor())

    @event
    async def undo(self, change: str) -> None:
        """Undo a change on this page, if that restores the previous state."""
        actor, about = current_actor(), self._about.get(change, ())
        way = next((shown.undo for shown in self.changes if shown.change.id == change), "")
        listed = services().blocked_callers.block_list
        shell = await self.get_state(Shell)
        try:
            if way == UNDO[Undo.UNBLOCK]:
                done = (await call(lambda: listed.unblock(actor, about))).value
            elif way == UNDO[Undo.BLOCK_AGAIN]:
                done = (await call(lambda: listed.put_back(actor, about))).value
            else:
                done = 0
        except Refused as refused:
            shell._toast(str(refused), kind="bad")
        else:
            shell._toast(
                "Undone" if done else "This has changed since and cannot be undone.", kind="good" if done else "bad"
            )
        await self._load(current_actor())

    async def _load(self, actor: Actor) -> None:
        query, cursor, back = self._place()
        wanted = ActivityFilterText.of(query)
        seen, choices = await in_thread(lambda: _around(actor))
        (await self.get_state(Shell))._show(actor, seen)
        self.filter = FilterView(**vars(wanted))
        self.people = [ChoiceView(*person) for person in choices.people] + NOT_MEMBERS
        self.sections = [ChoiceView(topic, section_of(topic)[0]) for topic in choices.topics]
        self.export = f"/activity.csv?{wanted.query()}&business={actor.business_id}"
        zone = seen.current.time_zone
        try:
            page = await in_thread(lambda: _read(actor, wanted, zone, cursor, back))
        except DomainError as error:
            self._refuse(error)
            page = log.ActivityPage((), None, None)
        else:
            self.wrong = ""
        self.changes = [_view(change, zone) for change in page.changes]
        self._about = {change.seen.id: change.about for change in page.changes}
        self.older, self.newer = self._address(wanted, page.older), self._address(wanted, page.newer, newer=True)
        self.loaded = True

    def _shown(self) -> ActivityFilterText:
        return ActivityFilterText(**vars(self.filter))


def section_of(topic: str) -> tuple[str, str]:
    """Return the label of a topic and the path of the page that shows its subject, empty if none does."""
    if topic in SECTIONS:
        return SECTIONS[topic]
    slug = topic.replace("_", "-")
    if tab := Tab.of(slug):
        return tab.label, f"{Page.SETTINGS.path}?tab={tab.slug}"
    if page := Page.at(f"/{slug}"):
        return page.label, page.path
    return slug.replace("-", " ").capitalize(), ""


def _around(actor: Actor) -> tuple[Surroundings, log.Choices]:
    return services().business.shell.see(actor), services().activity.choices(actor)


def _read(actor: Actor, wanted: ActivityFilterText, zone: str, cursor: str, newer: bool) -> log.ActivityPage:
    found = filter_of(wanted, zone, services().clock.now())
    return services().activity.page(actor, found, cursor=cursor, newer=newer)


def _view(change: log.Change, zone: str) -> ActivityView:
    section, place = section_of(change.topic)
    said, moment = _effect(change.effect, zone)
    undo = UNDO[change.effect.undo] if change.effect.undo else ""
    if change.about and change.topic in ADDRESSES:
        place += ADDRESSES[change.topic].format(change.about[0])
    return ActivityView(change_view(change.seen, zone), section, said, moment, undo, place)


def _effect(effect: Effect, zone: str) -> tuple[str, MomentView]:
    """Return the effect of a change in words, and the moment that follows the words, if any."""
    if effect.stopped is not None:
        calls = f"{effect.stopped:,} {'call' if effect.stopped == 1 else 'calls'}"
        return f"Stopped {calls} since" if effect.undo is not Undo.BLOCK_AGAIN else f"Had stopped {calls}", MomentView()
    if effect.cost is not None:
        amount = f"{prefix(effect.cost.currency)}{effect.cost.exact}"
        return (f"Usage at it cost {amount}" if effect.ended else f"Usage at it has cost {amount} since"), MomentView()
    if effect.last_request:
        return "Last request", moment_view(effect.last_request, zone)
    return ("Never used" if effect.ended else ""), MomentView()
