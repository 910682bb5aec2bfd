"""Creates the demo's tickets through the services, on a clock set to the past."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sqlmodel import col, delete, select

from settings_ui.domain.access import Actor, Person, Role, StaffActor
from settings_ui.domain.errors import Invalid
from settings_ui.domain.ids import new_id
from settings_ui.models import OutgoingMail, Ticket, User
from settings_ui.services.demo.life import PastServices, people_of
from settings_ui.services.demo.tickets import HARBOR, NORTHWIND, STORIES, Step, Story
from settings_ui.services.kit.database import Database
from settings_ui.services.support import Support
from settings_ui.services.support.mail import SUBJECT_BEGINS
from settings_ui.services.support.tickets import NewTicket


def ask(database: Database, doing: PastServices, staff: tuple[str, str, str]) -> bool:
    """Play all stories, oldest first, with answers by the staff account with this email, name and password. Return
    False without doing anything if there are tickets already, or if someone who takes part does not exist."""
    people = {home: people_of(database, home) for home in (NORTHWIND, HARBOR)}
    with database.read() as session:
        begun = session.exec(select(Ticket.id).limit(1)).first()
    if begun or any(step.who and step.who not in people[story.home] for story in STORIES for step in story.steps):
        return False
    now, (email, name, password) = doing.past.moment, staff
    doing.support.staff.add(email, name=name, password=password)
    with database.read() as session:
        ada = StaffActor(session.exec(select(User.id).where(User.email == email)).one(), new_id("ses"))
    for story in sorted(STORIES, key=lambda story: -story.days_ago):
        doing.past.moment = now - timedelta(days=story.days_ago)
        _happen(doing, people[story.home], ada, story, now)
    doing.past.moment = now
    with database.write() as session:  # that mail was delivered long ago
        session.exec(delete(OutgoingMail).where(col(OutgoingMail.subject).startswith(SUBJECT_BEGINS)))
    return True


def _happen(doing: PastServices, people: Mapping[Role, Actor], ada: StaffActor, story: Story, now: datetime) -> None:
    first, *others = story.steps
    support, opener = doing.support, people[first.who or Role.OWNER]
    ticket = support.tickets.open(
        opener,
        NewTicket(
            story.subject,
            story.category.value,
            story.priority.value,
            first.text,
            _kept(support, opener, first),
            *_about(support, opener, story),
        ),
    ).value
    for step in others:
        doing.past.moment = min(now, doing.past.moment + timedelta(hours=step.hours))
        if step.who is None:
            if step.action:
                support.desk.act(ada, ticket, step.action)
            else:
                support.desk.reply(ada, ticket, step.text, _kept(support, ada, step))
        elif step.action:
            support.tickets.act(people[step.who], ticket, step.action)
        else:
            support.tickets.reply(people[step.who], ticket, step.text, _kept(support, people[step.who], step))


def _about(support: Support, opener: Actor, story: Story) -> tuple[str, str]:
    """Return what the ticket refers to, if it exists; an unused demo has none."""
    try:
        found = support.tickets.beginning(opener, *story.about)
    except Invalid:
        return "", ""
    return found.kind, found.reference


def _kept(support: Support, who: Person, step: Step) -> list[str]:
    """Upload the files of a step and return their ids."""
    with ThreadPoolExecutor(1) as outside:  # the caller may already run an event loop
        return [
            outside.submit(asyncio.run, support.attachments.keep(who, name, data)).result().id
            for name, data in step.files
        ]
