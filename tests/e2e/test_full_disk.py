"""The disk fills up while a window is open."""

import io

from PIL import Image
from playwright.sync_api import expect

from tests.e2e.browser import Complaints, account, card
from tests.e2e.fixtures import PageOf
from tests.e2e.server import Server
from tests.no_room import no_room


def test_what_cannot_be_kept_is_said_and_kept_in_the_form_until_there_is_room(
    page_of: PageOf, server: Server, complaints: Complaints
) -> None:
    complaints.expect("503")
    file = io.BytesIO()
    Image.new("RGB", (320, 240), "teal").save(file, "PNG")
    page = page_of()
    photo, name = card(page, "Photo"), card(page, "Name")
    photo.get_by_label("Photo", exact=True).set_input_files(
        {"name": "me.png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    name.get_by_label("Full name").fill("Pat Dubois")
    with no_room(server.pid):
        photo.get_by_role("button", name="Use this photo").click()
        expect(photo.get_by_role("alert")).to_have_text(
            "The photo could not be stored. Nothing was changed. Try again."
        )
        name.get_by_role("button", name="Save").click()
        expect(name.get_by_text("Nothing was changed. Try again.")).to_be_visible()
        expect(name.get_by_label("Full name")).to_have_value("Pat Dubois")
    photo.get_by_role("button", name="Use this photo").click()
    expect(photo.get_by_role("img", name="Your photo")).to_be_visible()
    name.get_by_role("button", name="Save").click()
    expect(account(page)).to_have_accessible_name("Account of Pat Dubois")
