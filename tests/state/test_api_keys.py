"""The API Keys tab: what its dialogs show and do."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from settings_ui.domain.access import Role
from settings_ui.domain.api_key import MOST_ACTIVE, KeyAccess
from settings_ui.models import ApiKey
from settings_ui.services.account.access import token_digest
from settings_ui.services.api_keys.service import TOPIC
from settings_ui.services.kit.activity import record
from settings_ui.state.api_keys import ApiKeys
from tests.state.people import People, Person
from tests.state.pipeline import Pipeline, Window
from tests.state.showing import actor_of, toasts
from tests.support import START, FakeClock

SECRET = re.compile(r"cs_key_[0-9A-Za-z]{36}")


@pytest.fixture
def owner(people: People) -> Person:
    return people.member(Role.OWNER)


@pytest.fixture
async def window(pipeline: Pipeline, owner: Person) -> Window:
    return await pipeline.window(owner.cookie, "/settings?tab=api-keys")


def make(pipeline: Pipeline, owner: Person, name: str, days: int | None = None) -> ApiKey:
    actor = pipeline.services.account.access.actor(token_digest(owner.cookie), owner.business_id)
    assert actor
    end = (
        datetime.combine(pipeline.services.clock.now().date() + timedelta(days=days), datetime.min.time(), UTC)
        if days
        else None
    )
    return pipeline.services.api_keys.keys.create(actor, name, KeyAccess.FULL, end).value.key


def newest(pipeline: Pipeline, name: str) -> ApiKey:
    with pipeline.services.database.read() as session:
        return session.exec(select(ApiKey).where(ApiKey.name == name, col(ApiKey.revoked_at).is_(None))).one()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("same", "same"), (None, "same"), ("", None), ("2026-12-31", datetime(2027, 1, 1, tzinfo=UTC))],
)
async def test_a_rotation_offers_the_expiry_of_the_old_key(
    pipeline: Pipeline, owner: Person, typed: str | None, kept: Any
) -> None:
    """Unless edited it stays exact to the second, also if the form omits the field."""
    key = make(pipeline, owner, "CRM", days=30)
    window = await pipeline.window(owner.cookie, "/settings?tab=api-keys")
    await window.emit(ApiKeys.ask, dialog="rotate", key=key.id)
    offered = window.shows(ApiKeys)["target"]["last_day"]
    assert offered == "2026-04-02"
    form = {"grace": "0"} | ({} if typed is None else {"expires": offered if typed == "same" else typed})
    sent = await window.emit(ApiKeys.rotate, form=form)
    shown = window.shows(ApiKeys)
    assert (shown["dialog"], shown["target"]["id"]) == ("reveal", newest(pipeline, "CRM").id)
    assert SECRET.search("".join(sent))
    assert newest(pipeline, "CRM").expires_at == (key.expires_at if kept == "same" else kept)


@pytest.mark.parametrize("typed", ["yesterday", "2020-01-01", "2999-01-01"])
async def test_an_impossible_expiry_is_refused_at_its_field(pipeline: Pipeline, owner: Person, typed: str) -> None:
    key = make(pipeline, owner, "CRM")
    window = await pipeline.window(owner.cookie, "/settings?tab=api-keys")
    await window.emit(ApiKeys.ask, dialog="rotate", key=key.id)
    await window.emit(ApiKeys.rotate, form={"grace": "0", "expires": typed})
    shown = window.shows(ApiKeys)
    assert (list(shown["errors"]), shown["dialog"]) == (["expires"], "rotate")
    assert newest(pipeline, "CRM").id == key.id


async def test_a_key_may_expire_at_the_end_of_today_as_the_refusal_of_yesterday_says(
    pipeline: Pipeline, owner: Person, window: Window
) -> None:
    await window.emit(ApiKeys.create, form={"name": "CRM", "access": "full", "expires": "2026-03-03"})
    assert window.shows(ApiKeys)["errors"] == {"expires": "Choose a date from today on, within ten years."}
    await window.emit(ApiKeys.create, form={"name": "CRM", "access": "full", "expires": "2026-03-04"})
    assert newest(pipeline, "CRM").expires_at is not None


async def test_a_question_about_a_key_opens_with_its_name_and_closes(pipeline: Pipeline, owner: Person) -> None:
    key = make(pipeline, owner, "CRM")
    window = await pipeline.window(owner.cookie, "/settings?tab=api-keys")
    for dialog, target in (("revoke", key.id), ("rotate", key.id)):
        await window.emit(ApiKeys.ask, dialog=dialog, key=target)
        assert (window.shows(ApiKeys)["dialog"], window.shows(ApiKeys)["target"]["name"]) == (dialog, "CRM")
        await window.emit(ApiKeys.close)
        assert window.shows(ApiKeys)["dialog"] == ""
    for dialog, target in (("revoke", "key_unknown"), ("reveal", key.id), ("nonsense", key.id)):
        await window.emit(ApiKeys.ask, dialog=dialog, key=target)
        assert window.shows(ApiKeys)["dialog"] == ""


async def test_a_new_key_is_shown_until_it_is_stored(
    pipeline: Pipeline, owner: Person, window: Window, clock: FakeClock
) -> None:
    """Only the user's confirmation closes the dialog, and the secret is in no state delta."""
    clock.tick(minutes=1)
    make(pipeline, owner, "Of a server whose clock is ahead")
    clock.tick(minutes=-1)
    await window.emit(ApiKeys.ask_to_create)
    sent = await window.emit(ApiKeys.create, form={"name": "CRM", "access": "full", "expires": ""})
    shown = window.shows(ApiKeys)
    assert (shown["dialog"], shown["target"]["name"], shown["answered"]) == ("reveal", "CRM", 1)
    assert {key["name"] for key in shown["keys"]} == {"CRM", "Of a server whose clock is ahead"}
    await window.emit(ApiKeys.close)
    assert window.shows(ApiKeys)["dialog"] == "reveal"
    deltas = [json.dumps(json.loads(message).get("delta")) for message in sent]
    assert not any(SECRET.search(delta) for delta in deltas)
    assert any(SECRET.search(message) for message in sent), "the secret goes directly to its field"
    await window.emit(ApiKeys.stored)
    assert window.shows(ApiKeys)["dialog"] == ""


async def test_after_a_restart_the_dialog_on_the_page_is_opened_again_unless_another_was(window: Window) -> None:
    """What was sent meanwhile has been answered: the new key stays shown, and only a key that is shown can be lost."""
    for dialog in ("create", "reveal"):
        await window.emit(ApiKeys.keep_open, dialog=dialog, key="")
        assert window.shows(ApiKeys)["dialog"] == dialog
        await window.emit(ApiKeys.stored)
    await window.emit(ApiKeys.keep_open, dialog="nonsense", key="")
    assert window.shows(ApiKeys)["dialog"] == ""
    await window.emit(ApiKeys.lose)
    assert toasts(window) == []
    await window.emit(ApiKeys.create, form={"name": "CRM", "access": "full", "expires": ""})
    await window.emit(ApiKeys.keep_open, dialog="create", key="")
    assert window.shows(ApiKeys)["dialog"] == "reveal"
    await window.emit(ApiKeys.lose)
    assert window.shows(ApiKeys)["dialog"] == ""
    assert toasts(window) == [("bad", "The new key cannot be shown again. If you did not store it, revoke it.")]


async def test_a_revoked_key_leaves_the_list_and_the_dialog_closes(pipeline: Pipeline, owner: Person) -> None:
    key = make(pipeline, owner, "CRM")
    window = await pipeline.window(owner.cookie, "/settings?tab=api-keys")
    await window.emit(ApiKeys.ask, dialog="revoke", key=key.id)
    await window.emit(ApiKeys.revoke)
    shown = window.shows(ApiKeys)
    assert (shown["dialog"], shown["keys"], toasts(window)) == ("", [], [("good", "CRM revoked")])


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"name": " ", "access": "full", "expires": ""}, "name"),
        ({"name": "CRM", "access": "everything", "expires": ""}, "access"),
        ({"name": "CRM", "access": "full", "expires": "soon"}, "expires"),
        ({"name": "CRM", "access": "full", "expires": "9999-12-31"}, "expires"),
        ({}, "access"),
    ],
)
async def test_what_is_wrong_with_a_new_key_is_said_at_its_field(
    window: Window, form: dict[str, str], field: str
) -> None:
    await window.emit(ApiKeys.ask_to_create)
    await window.emit(ApiKeys.create, form=form)
    shown = window.shows(ApiKeys)
    assert (list(shown["errors"]), shown["dialog"], shown["answered"], shown["keys"]) == ([field], "create", 1, [])
    await window.emit(ApiKeys.ask_to_create)
    assert window.shows(ApiKeys)["errors"] == {}


async def test_a_key_that_was_revoked_elsewhere_cannot_be_rotated_or_revoked_again(
    pipeline: Pipeline, owner: Person
) -> None:
    key = make(pipeline, owner, "CRM")
    window = await pipeline.window(owner.cookie, "/settings?tab=api-keys")
    await window.emit(ApiKeys.ask, dialog="rotate", key=key.id)
    pipeline.services.api_keys.keys.revoke(actor_of(pipeline.services, owner), key.id)
    await window.emit(ApiKeys.rotate, form={"grace": "0"})
    shown = window.shows(ApiKeys)
    assert (list(shown["errors"]), shown["dialog"], shown["answered"]) == ([""], "rotate", 1)
    await window.emit(ApiKeys.rotate, form={"grace": "for ever"})
    assert list(window.shows(ApiKeys)["errors"]) == [""]
    await window.emit(ApiKeys.revoke)
    assert (window.shows(ApiKeys)["dialog"], toasts(window)[-1][0]) == ("", "bad")


async def test_a_key_is_listed_with_its_use_and_its_end(pipeline: Pipeline, owner: Person) -> None:
    services = pipeline.services
    make(pipeline, owner, "A soon", days=13)
    make(pipeline, owner, "B later", days=20)
    secret = services.api_keys.keys.create(actor_of(services, owner), "C used", KeyAccess.SCREENING, None).value.secret
    window = await pipeline.window(owner.cookie, "/settings?tab=api-keys")
    rows = {row["name"]: row for row in window.shows(ApiKeys)["keys"]}
    assert [rows[name]["ends_soon"] for name in ("A soon", "B later", "C used")] == [True, False, False]
    assert [bool(rows[name]["ends"]["iso"]) for name in ("A soon", "B later", "C used")] == [True, True, False]
    assert (rows["C used"]["evidence"], rows["C used"]["used"]["iso"], rows["C used"]["access"]) == (
        "",
        "",
        "Screening",
    )
    for requests, evidence in (
        (["192.0.2.1"], "1 request in the last 24 hours from 1 address"),
        (["192.0.2.1", "192.0.2.2"], "3 requests in the last 24 hours from 2 addresses"),
    ):
        for address in requests:
            used = services.api_keys.check.actor(secret, address)
            assert used
            services.api_keys.check.count(used, address)
        services.api_keys.check.write_counts()
        await window.emit(ApiKeys.ask, dialog="revoke", key=rows["C used"]["id"])
        target = window.shows(ApiKeys)["target"]
        assert (target["evidence"], bool(target["used"]["iso"])) == (evidence, True)


async def test_beyond_ten_keys_no_more_are_offered(pipeline: Pipeline, owner: Person) -> None:
    for n in range(MOST_ACTIVE - 1):
        make(pipeline, owner, f"Key {n}")
    window = await pipeline.window(owner.cookie, "/settings?tab=api-keys")
    assert window.shows(ApiKeys).get("full", False) is False
    make(pipeline, owner, "The last")
    await window.load()
    assert window.shows(ApiKeys)["full"] is True


async def test_a_change_that_nobody_made_is_said_to_be_automatic(pipeline: Pipeline, owner: Person) -> None:
    with pipeline.services.database.write() as session:
        record(session, TOPIC, "revoked a key", at=START, business_id=owner.business_id)
    window = await pipeline.window(owner.cookie, "/settings?tab=api-keys")
    [change] = window.shows(ApiKeys)["changes"]
    assert (change["who"], change["what"]) == ("Automatic", "revoked a key")
