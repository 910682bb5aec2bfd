"""API Keys: create, copy, revoke, for one business."""

import datetime as dt

import httpx
from playwright.sync_api import Page, expect

from tests.e2e.browser import card, switch_business, tab, tabs
from tests.e2e.fixtures import PageOf
from tests.e2e.server import Server

KEYS = "/settings?tab=api-keys"
PREFIX = "cs_key_"


def test_only_admin_and_owner_reach_keys(page_of: PageOf) -> None:
    """Other roles have no such tab; at its address they are told who has access."""
    for email in ("owner@example.com", "admin@example.com"):
        page = page_of(email, path=KEYS)
        expect(card(page, "API keys")).to_be_visible()
    for email in ("manager@example.com", "viewer@example.com", "publisher@example.com"):
        page = page_of(email, path=KEYS)
        expect(page.get_by_text("API Keys is for owners and admins.")).to_be_visible()
        expect(page.get_by_text("In Northwind Leads, that is Dana Okafor-Reyes and Sam Whitfield.")).to_be_visible()
        expect(tab(page, "API Keys")).to_have_count(0)
        expect(card(page, "API keys")).to_have_count(0)
        expect(tabs(page).first).to_have_text("Profile")


def test_a_key_sees_only_its_business(page_of: PageOf, server: Server) -> None:
    """A key answers only for the business it was created in, even if its creator belongs to others."""
    page = page_of("owner@example.com", path=KEYS)
    key = create(page, "CRM sync")
    assert ask(server, key).json()["data"]["name"] == "Northwind Leads"
    numbers = httpx.get(f"{server.origin}/api/v1/numbers", headers=bearer(key)).json()["data"]
    assert numbers
    server.operator("set-role", "Harbor Media", "owner@example.com", "admin")
    switch_business(page, "Harbor Media")
    page.goto(KEYS)
    expect(card(page, "API keys")).to_contain_text("0 of 10 active")
    other = create(page, "Harbor sync")
    assert ask(server, other).json()["data"]["name"] == "Harbor Media"
    foreign = httpx.delete(f"{server.origin}/api/v1/numbers/{numbers[0]['id']}", headers=bearer(other))
    assert foreign.status_code == 404


def test_copy_puts_the_key_on_the_clipboard(page_of: PageOf, server: Server) -> None:
    """And says so only if the copy succeeded."""
    page = page_of("admin@example.com", path=KEYS)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.origin)
    start(page, "Warehouse")
    dialog = page.get_by_role("dialog", name="Copy your new key")
    shown = dialog.get_by_role("textbox", name="New key")
    key = shown.input_value()
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == key
    assert key.startswith(PREFIX)


def test_a_key_is_never_shown_again(page_of: PageOf, server: Server) -> None:
    """The dialog stays open until the user confirms that the key is stored; after that it is nowhere on the page,
    reloads included."""
    page = page_of("owner@example.com", path=KEYS)
    start(page, "Once")
    dialog = page.get_by_role("dialog", name="Copy your new key")
    key = dialog.get_by_role("textbox", name="New key").input_value()
    for _ in range(3):
        page.keyboard.press("Escape")
    page.mouse.click(5, 5)
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="I have stored it").click()
    expect(dialog).to_be_hidden()
    row = card(page, "API keys").get_by_role("row").filter(has_text="Once")
    expect(row).to_contain_text(f"{PREFIX}{key[7:11]}…{key[-4:]}")
    everything = (
        "() => document.documentElement.outerHTML + [...document.querySelectorAll('input')].map((i) => i.value)"
    )
    assert key not in page.evaluate(everything)
    page.reload()
    expect(card(page, "API keys")).to_be_visible()
    assert key not in page.evaluate(everything)
    assert key not in server.log()
    assert ask(server, key).status_code == 200


def test_the_eleventh_key_is_refused_and_an_expired_one_frees_a_place(page_of: PageOf, server: Server) -> None:
    """At most ten keys are active; an expired key does not count."""
    page = page_of("owner@example.com", path=KEYS)
    tomorrow = (dt.datetime.now(dt.UTC) + dt.timedelta(days=2)).date().isoformat()
    for number in range(1, 11):
        create(page, f"Key {number}", expires=tomorrow if number == 1 else "")
    keys = card(page, "API keys")
    expect(keys).to_contain_text("10 of 10 active")
    expect(keys).to_contain_text("Revoke one to create another.")
    expect(keys.get_by_role("button", name="Create key")).to_be_disabled()
    server.let_time_pass(days=4)
    page.reload()
    expect(keys).to_contain_text("9 of 10 active")
    create(page, "Key 11")
    expect(keys).to_contain_text("10 of 10 active")


def test_a_revoked_key_fails_on_the_very_next_request(page_of: PageOf, server: Server) -> None:
    """The dialog warns what will break before the key is revoked."""
    page = page_of("owner@example.com", path=KEYS)
    key = create(page, "CRM sync")
    for _ in range(3):
        assert ask(server, key).status_code == 200
    row = card(page, "API keys").get_by_role("row").filter(has_text="CRM sync")
    row.get_by_role("button", name="Revoke CRM sync").click()
    dialog = page.get_by_role("dialog", name="Revoke CRM sync?")
    expect(dialog).to_be_visible()
    assert ask(server, key).status_code == 200
    dialog.get_by_role("button", name="Revoke CRM sync").click()
    expect(row).to_have_count(0)
    answer = ask(server, key)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "invalid_api_key"


def start(page: Page, name: str, *, expires: str = "") -> None:
    """Create a key, up to the dialog that shows it."""
    card(page, "API keys").get_by_role("button", name="Create key").click()
    form = page.get_by_role("dialog", name="Create a key")
    form.get_by_label("Name").fill(name)
    if expires:
        form.get_by_label("Expires").fill(expires)
    form.get_by_role("button", name="Create key").click()
    shown = page.get_by_role("dialog", name="Copy your new key").get_by_role("textbox", name="New key")
    expect(shown).not_to_have_value("")


def create(page: Page, name: str, *, expires: str = "") -> str:
    """Create a key, confirm that it is stored, and return its secret."""
    start(page, name, expires=expires)
    dialog = page.get_by_role("dialog", name="Copy your new key")
    key = dialog.get_by_role("textbox", name="New key").input_value()
    dialog.get_by_role("button", name="I have stored it").click()
    expect(dialog).to_be_hidden()
    return key


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def ask(server: Server, key: str) -> httpx.Response:
    """Ask the API which business a key acts for."""
    return httpx.get(f"{server.origin}/api/v1/business", headers=bearer(key))
