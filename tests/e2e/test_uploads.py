"""Uploads that a bad connection interrupts: nothing has to be chosen again, and no error outlives its reason."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.browser import Complaints, card
from tests.e2e.fixtures import PageOf
from tests.e2e.tickets import SUPPORT, open_form

FAILED = re.compile("^The upload failed")


@contextmanager
def no_way_through(page: Page, complaints: Complaints) -> Iterator[None]:
    """Within the block, whatever the page posts is lost."""
    complaints.expect("ERR_FAILED")
    page.route("**/*", lambda route: route.abort() if route.request.method == "POST" else route.fallback())
    yield
    page.unroute_all()


def test_a_photo_that_got_lost_is_sent_again_and_its_error_goes(page_of: PageOf, complaints: Complaints) -> None:
    page = page_of()
    photo = card(page, "Photo")
    drawn = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(drawn, "PNG")
    photo.get_by_label("Photo").set_input_files({"name": "me.png", "mimeType": "image/png", "buffer": drawn.getvalue()})
    send = photo.get_by_role("button", name="Use this photo")
    with no_way_through(page, complaints):
        send.click()
        expect(photo.get_by_text(FAILED)).to_be_visible()
    send.click()
    expect(photo.get_by_role("button", name="Remove")).to_be_visible()
    expect(photo.get_by_text(FAILED)).to_be_hidden()


def test_a_file_that_got_lost_is_chosen_again_and_imported(
    page_of: PageOf, complaints: Complaints, tmp_path: Path
) -> None:
    """A browser says nothing of a file that is chosen twice in a row, unless the first is forgotten."""
    page = page_of("admin@example.com", path="/settings?tab=blocked-callers")
    page.get_by_role("button", name="Import").click()
    dialog = page.get_by_role("dialog")
    numbers = tmp_path / "numbers.csv"
    numbers.write_text("number\n(415) 555-0177\n")
    with no_way_through(page, complaints):
        _choose(page, numbers)
        expect(dialog.get_by_text(FAILED)).to_be_visible()
    _choose(page, numbers)
    expect(dialog.get_by_text("1 blocked")).to_be_visible()
    expect(dialog.get_by_text(FAILED)).to_be_hidden()


def _choose(page: Page, file: Path) -> None:
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Choose a file").click()
    chosen.value.set_files(file)


def test_an_attachment_that_got_lost_is_sent_again_with_one_click(page_of: PageOf, complaints: Complaints) -> None:
    page = page_of("manager@example.com", path=SUPPORT)
    form = open_form(page)
    with no_way_through(page, complaints):
        form.get_by_label("Attachments").set_input_files(
            {"name": "log.txt", "mimeType": "text/plain", "buffer": b"10:12 nothing"}
        )
        expect(form.get_by_text(FAILED)).to_be_visible()
    again = form.get_by_role("button", name="Try again with log.txt")
    again.click()
    expect(again).to_be_hidden()
    expect(form.get_by_text(FAILED)).to_be_hidden()
    expect(form.get_by_role("progressbar")).to_have_count(0)
    expect(form.locator("input[name=attachments]")).not_to_have_value("")
