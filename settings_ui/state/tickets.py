"""Common to the Support tab and the staff desk: the list, the open ticket, and replying."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from settings_ui.domain.errors import NotFound
from settings_ui.domain.text import initials
from settings_ui.domain.tickets import CATEGORY_LABELS, DEEDS, Action, Category, Priority, TicketStatus, offered
from settings_ui.models import Ticket, TicketAttachment
from settings_ui.services.support.attachments import ATTACHMENTS_PATH
from settings_ui.services.support.listing import PAGE, Listed, Listing, Show
from settings_ui.services.support.thread import LATEST, Said, Thread
from settings_ui.state.answers import Refused, call, text
from settings_ui.state.event import event
from settings_ui.state.paged import PagedState
from settings_ui.state.views.common import moment_view
from settings_ui.state.views.tickets import FactView, FileView, ThreadEntryView, ThreadView, TicketView

STATUSES = {
    TicketStatus.OPEN: ("Open", ""),
    TicketStatus.PENDING: ("Waiting for you", "warn"),
    TicketStatus.SOLVED: ("Solved", "good"),
    TicketStatus.CLOSED: ("Closed", ""),
}
AT_DESK = STATUSES | {
    TicketStatus.OPEN: ("Waiting for us", "warn"),
    TicketStatus.PENDING: ("Waiting for the business", ""),
}


class TicketsState(PagedState, mixin=True):
    """A page of tickets, or the one in the URL; `keeper` is whose window it is."""

    _page: ClassVar[int] = PAGE
    keeper: str = ""
    tickets: list[TicketView] = []
    show: str = ""
    waiting: str = ""
    missing: bool = False
    thread: ThreadView = ThreadView()
    entries: list[ThreadEntryView] = []
    facts: list[FactView] = []
    most: int = LATEST
    closing: bool = False
    errors: dict[str, str] = {}
    answered: int = 0

    @event
    async def choose(self, show: str) -> None:
        """Show the tickets with a status."""
        self.show, self.offset = show if show in tuple(Show) else "", 0
        await self._again()

    @event
    async def show_earlier(self) -> None:
        """Show more of a long thread."""
        self.most += LATEST
        await self._again()

    @event
    async def reply(self, form: dict[str, Any]) -> None:
        """Reply to the open ticket."""
        ticket, words, files, draft = self.thread.ticket.id, text(form, "reply"), sent_files(form), text(form, "draft")
        _, self.errors = await self._try(lambda: self._write(ticket, words, files, draft))
        await self._again()
        self.answered += 1

    @event
    async def solve(self) -> None:
        """Mark the open ticket as solved."""
        await self._do(Action.SOLVE)

    @event
    async def reopen(self) -> None:
        """Reopen the open ticket."""
        await self._do(Action.REOPEN)

    @event
    def ask_to_close(self, asks: bool) -> None:
        """Open or close the dialog to close the ticket for good."""
        self.closing = asks and bool(self.thread.ticket.id)

    @event
    async def close(self) -> None:
        """Close the open ticket for good."""
        self.closing = False
        await self._do(Action.CLOSE)

    @abstractmethod
    def _write(self, ticket: str, words: str, files: list[str], draft: str) -> Any:
        """Call the service that writes a reply; runs in a thread."""

    @abstractmethod
    def _act(self, ticket: str, action: Action) -> Any:
        """Call the service that changes the status; runs in a thread."""

    @abstractmethod
    async def _complain(self, message: str) -> None:
        """Show a refusal next to the thread."""

    async def _do(self, action: Action) -> None:
        """Run the action; the thread itself shows that it was done."""
        ticket = self.thread.ticket.id
        try:
            await call(lambda: self._act(ticket, action))
        except Refused as refused:
            await self._complain(str(refused))
        await self._again()

    async def _try(self, work: Callable[[], Any]) -> tuple[Any, dict[str, str]]:
        """Run a form's service call and return its result (None if refused) and the errors by field."""
        try:
            return await call(work), {}
        except Refused as refused:
            return None, refused.errors

    def _asked(self) -> str:
        """Return the ticket in the URL; empty for the list."""
        return str(self.router.url.query_parameters.get("ticket") or "")[:64]

    def _show_list(self, listing: Listing, zone: str, labels: dict[TicketStatus, tuple[str, str]], path: str) -> None:
        self.thread, self.entries, self.facts, self.missing = ThreadView(), [], [], False
        self.most, self.closing = LATEST, False
        self.tickets = [ticket_view(listed, zone, labels, path) for listed in listing.page]
        self.more = listing.more

    def _show_thread(
        self, thread: Thread | None, labels: dict[TicketStatus, tuple[str, str]], path: str, business: str = ""
    ) -> None:
        self.missing = thread is None
        if thread is None:
            self.thread, self.entries, self.facts = ThreadView(), [], []
            return
        ticket, zone = thread.ticket, thread.business.time_zone
        if ticket.id != self.thread.ticket.id:
            self.errors, self.closing = {}, False
        actions = offered(TicketStatus(ticket.status))
        self.thread = ThreadView(
            ticket_view(Listed(ticket, thread.opener, thread.business.name), zone, labels, path),
            moment_view(ticket.created_at, zone),
            thread.earlier,
            Action.SOLVE in actions,
            Action.REOPEN in actions,
            Action.CLOSE in actions,
            "A reply reopens it." if ticket.status == TicketStatus.SOLVED else "",
        )
        self.entries = [_entry_view(said, zone, business) for said in thread.entries]
        self.facts = [FactView(name, value) for name, value in thread.about.items()]


def found(read: Callable[[], Thread]) -> Thread | None:
    """Return the thread, or None if it does not exist."""
    try:
        return read()
    except NotFound:
        return None


def sent_files(form: dict[str, Any]) -> list[str]:
    """Return the ids of the files sent with a form."""
    return text(form, "attachments")[:1000].split()


def ticket_view(listed: Listed, zone: str, labels: dict[TicketStatus, tuple[str, str]], path: str) -> TicketView:
    """Return the view of a ticket in a list."""
    ticket = listed.ticket
    status, look = labels[TicketStatus(ticket.status)]
    priority = "" if ticket.priority == Priority.NORMAL else ticket.priority.title()
    return TicketView(
        id=ticket.id,
        number=f"#{ticket.number}",
        subject=ticket.subject,
        kind=CATEGORY_LABELS[Category(ticket.category)],
        priority=priority,
        status=status,
        look=look,
        waits=_waits(ticket, labels),
        since=moment_view(ticket.status_since, zone),
        updated=moment_view(ticket.updated_at, zone),
        opener=listed.opener,
        business=listed.business,
        href=f"{path}ticket={ticket.id}",
    )


def _waits(ticket: Ticket, labels: dict[TicketStatus, tuple[str, str]]) -> str:
    at_desk = labels is AT_DESK
    if ticket.status == TicketStatus.OPEN:
        return "Waiting for us" if at_desk else "Waiting for support"
    if ticket.status == TicketStatus.PENDING:
        return "Waiting for the business" if at_desk else "Waiting for you"
    return ""


def _entry_view(said: Said, zone: str, business: str) -> ThreadEntryView:
    return ThreadEntryView(
        said.id,
        said.author,
        initials(said.author),
        said.staff,
        DEEDS[Action(said.action)] if said.action else "",
        said.body,
        moment_view(said.at, zone),
        file_views(said.files, business),
    )


def file_views(files: Sequence[TicketAttachment], business: str) -> list[FileView]:
    """Return attachments as links, in the window's business if there is one."""
    query = f"?business={business}" if business else ""
    return [FileView(f.id, f.name, _size(f.size), f"{ATTACHMENTS_PATH}/{f.id}{query}") for f in files]


def _size(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(1, round(size / 1024)):,} KB"
