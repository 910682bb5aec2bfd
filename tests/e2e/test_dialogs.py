"""Dialogs: what closes them, what must not, and what they propose."""

from playwright.sync_api import expect

from settings_ui.domain.api_key import Grace
from tests.e2e.fixtures import PageOf
from tests.e2e.tickets import open_form

SUPPORT = "/settings?tab=support"


def test_text_that_is_selected_past_the_edge_of_a_dialog_stays_in_it(page_of: PageOf) -> None:
    """The pointer is let go on the backdrop; only a click there closes the dialog."""
    page = page_of("admin@example.com", path="/settings?tab=blocked-callers")
    page.get_by_role("button", name="Block a number").click()
    dialog = page.get_by_role("dialog")
    note = dialog.get_by_label("Note")
    note.fill("Robocaller")
    at = note.bounding_box()
    assert at
    page.mouse.move(at["x"] + 90, at["y"] + 10)
    page.mouse.down()
    page.mouse.move(at["x"] - 200, at["y"] + 10, steps=3)
    page.mouse.up()
    edge = dialog.bounding_box()
    assert edge
    page.mouse.click(edge["x"] + 6, edge["y"] + 6)
    expect(note).to_have_value("Robocaller")
    page.mouse.click(edge["x"] - 20, edge["y"] + 6)
    expect(dialog).to_be_hidden()


def test_files_are_added_with_a_button_in_our_words(page_of: PageOf) -> None:
    """A browser would name it in its own language."""
    page = page_of("manager@example.com", path=SUPPORT)
    form = open_form(page)
    with page.expect_file_chooser() as chosen:
        form.get_by_text("Add files", exact=True).click()
    chosen.value.set_files({"name": "log.txt", "mimeType": "text/plain", "buffer": b"10:12 nothing"})
    expect(form.get_by_role("button", name="Remove log.txt")).to_be_visible()
    form.get_by_label("Which one").press("Tab")
    expect(form.get_by_text("Add files", exact=True)).to_have_css("outline-style", "solid")


def test_a_rotated_key_goes_on_for_a_day_unless_something_else_is_chosen(page_of: PageOf) -> None:
    """What uses it would fail at once otherwise."""
    page = page_of("admin@example.com", path="/settings?tab=api-keys")
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name="Create key").click()
    dialog.get_by_label("Name").fill("Dialer")
    dialog.get_by_role("button", name="Create key").click()
    dialog.get_by_role("button", name="I have stored it").click()
    page.get_by_role("button", name="Rotate Dialer").click()
    expect(dialog.get_by_label("Grace period")).to_have_value(Grace.DAY)
