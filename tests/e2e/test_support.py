"""Support from both sides at once: live replies, drafts, and tickets closed in the meantime."""

import re

from playwright.sync_api import FilePayload, Locator, Page, expect

from settings_ui.domain.api_key import new_secret
from tests.e2e.browser import Complaints, account, card, sign_in_behind, tab
from tests.e2e.fixtures import PageOf
from tests.e2e.live import WITHIN_MS
from tests.e2e.server import Server
from tests.e2e.test_restart import PROVOKED, RECONNECTS_WITHIN_MS
from tests.e2e.tickets import SUPPORT, create_ticket, open_form, reply

STAFF = "staff@example.com"
WAITING = "Toll-free minutes billed twice"
KEPT = "Object.keys(sessionStorage).filter(key => key.startsWith('kept:'))"


def thread(page: Page, subject: str) -> None:
    """Open a ticket from the list."""
    page.bring_to_front()
    page.get_by_role("link", name=subject, exact=True).click()
    expect(card(page, subject)).to_be_visible()


def test_staff_answers_and_the_members_window_shows_it_at_once(page_of: PageOf, server: Server) -> None:
    """It is also mailed under the thread's subject, without the text."""
    member = page_of("manager@example.com", path=SUPPORT)
    create_ticket(member, "Our numbers are silent", "Since ten this morning.")
    desk = page_of(STAFF, path="/")
    expect(desk).to_have_url(re.compile("/staff"))
    thread(desk, "Our numbers are silent")
    expect(card(desk, "Our numbers are silent")).to_contain_text("Kim Larsen at Northwind Leads")
    reply(desk, "Which of them?")
    expect(member.get_by_role("list", name="Thread")).to_contain_text("Which of them?", timeout=WITHIN_MS)
    expect(card(member, "Our numbers are silent").get_by_text("Waiting for you")).to_be_visible()
    reply(member, "All of them.")
    expect(desk.get_by_role("list", name="Thread")).to_contain_text("All of them.", timeout=WITHIN_MS)
    mail = server.mail("manager@example.com", "Our numbers are silent")
    assert re.fullmatch(r"\[#\d+\] Our numbers are silent", mail["subject"])
    assert "Which of them?" not in mail.get_content()
    member.goto(server.link("manager@example.com", "Our numbers are silent"))
    expect(card(member, "Our numbers are silent")).to_be_visible()
    desk.goto(server.link(STAFF, "Our numbers are silent"))
    expect(card(desk, "Our numbers are silent")).to_be_visible()


def test_a_ticket_is_in_the_title_of_its_window_while_it_is_open(page_of: PageOf) -> None:
    """Otherwise no two of them could be told apart in the browser's tabs and its history."""
    page = page_of("manager@example.com", path=SUPPORT)
    expect(page).to_have_title("Support · Settings · Switchboard")
    thread(page, WAITING)
    expect(page).to_have_title(re.compile(rf"^#\d+ {WAITING} · Support · Settings · Switchboard$"))
    page.reload()
    expect(page).to_have_title(re.compile(rf"^#\d+ {WAITING} · Support · Settings · Switchboard$"))
    tab(page, "Profile").click()
    expect(page).to_have_title("Profile · Settings · Switchboard")
    page.go_back()
    expect(page).to_have_title(re.compile(rf"^#\d+ {WAITING} · Support"))
    page.get_by_role("link", name="All tickets").click()
    expect(page).to_have_title("Support · Settings · Switchboard")
    desk = page_of(STAFF, path="/staff")
    expect(desk).to_have_title("Staff desk · Switchboard")
    thread(desk, "Port a number from another carrier")
    expect(desk).to_have_title(re.compile(r"^#\d+ Port a number from another carrier · Staff desk · Switchboard$"))


def test_staff_has_a_desk_and_nothing_else_and_members_have_no_desk(page_of: PageOf, server: Server) -> None:
    desk = page_of(STAFF, path="/settings?tab=profile")
    expect(desk.get_by_role("heading", name="Staff desk")).to_be_visible()
    expect(desk.get_by_role("row").filter(has_text="Harbor Media")).not_to_have_count(0)
    member = page_of("owner@example.com", path="/staff")
    expect(member.get_by_role("heading", name="Dashboard", level=1)).to_be_visible()
    server.operator("remove-staff", STAFF)
    desk.get_by_label("Show").select_option("All")
    expect(desk).to_have_url(re.compile("/sign-in"))


def test_what_is_typed_stays_when_the_form_is_closed_or_refused(page_of: PageOf) -> None:
    """Its error goes when it is closed, and with the text when the tab is left."""
    page = page_of("manager@example.com")
    tab(page, "Support").click()
    form = open_form(page)
    form.get_by_label("Description").fill("Since ten this morning.")
    form.get_by_role("button", name="Create ticket").click()
    expect(form.get_by_text("Enter a subject.")).to_be_visible()
    expect(form.get_by_label("Subject")).to_be_focused()
    page.keyboard.press("Escape")
    expect(form).to_be_hidden()
    expect(open_form(page).get_by_label("Description")).to_have_value("Since ten this morning.")
    expect(form.locator("[aria-invalid=true]")).to_have_count(0)
    form.get_by_role("button", name="Create ticket").click()
    expect(form.get_by_text("Enter a subject.")).to_be_visible()
    page.go_back()
    page.get_by_role("dialog", name="Leave without saving?").get_by_role("button", name="Leave").click()
    expect(card(page, "Name")).to_be_visible()
    tab(page, "Support").click()
    expect(form.get_by_label("Description")).to_have_value("")
    expect(form.locator("[aria-invalid=true]")).to_have_count(0)


def test_what_is_typed_stays_while_the_server_is_away_and_is_sent_once_it_is_back(
    page_of: PageOf, server: Server, complaints: Complaints
) -> None:
    complaints.expect(PROVOKED)
    page = page_of("manager@example.com", path=SUPPORT)
    thread(page, WAITING)
    page.get_by_label("Reply").fill("It is the call of 10:12.")
    server.stop()
    server.start()
    expect(account(page)).to_be_visible()
    expect(page.get_by_label("Reply")).to_have_value("It is the call of 10:12.")
    page.get_by_role("button", name="Reply", exact=True).click()
    expect(page.get_by_role("list", name="Thread")).to_contain_text(
        "It is the call of 10:12.", timeout=RECONNECTS_WITHIN_MS
    )


def test_a_form_that_is_sent_again_because_no_answer_came_is_one_ticket_and_one_reply(
    page_of: PageOf, server: Server, complaints: Complaints
) -> None:
    """Also after a reload, and when a second window, which has the same draft, sends it too."""
    complaints.expect(PROVOKED)
    page = page_of("manager@example.com", path=SUPPORT)
    form = open_form(page)
    form.get_by_label("Subject").fill("Silent numbers")
    form.get_by_label("Description").fill("Since ten this morning.")
    twin = page.context.new_page()
    twin.add_init_script(f"Object.assign(sessionStorage, {page.evaluate('JSON.stringify({...sessionStorage})')})")
    _send_twice_while_it_is_away(page, server, form.get_by_role("button", name="Create ticket"))
    expect(card(page, "Silent numbers")).to_be_visible(timeout=RECONNECTS_WITHIN_MS)
    page.get_by_label("Reply").fill("All of them.")
    _send_twice_while_it_is_away(page, server, page.get_by_role("button", name="Reply", exact=True))
    entries = page.get_by_role("list", name="Thread").get_by_role("listitem")
    expect(entries).to_have_count(2, timeout=RECONNECTS_WITHIN_MS)
    reply(page, "All of them.")
    expect(entries).to_have_count(3)
    twin.goto(SUPPORT)
    form = open_form(twin)
    form.get_by_label("Description").fill("Since nine.")
    form.get_by_role("button", name="Create ticket").click()
    expect(form).to_contain_text("An earlier version of this was already sent, in ticket #")
    form.get_by_label("Description").fill("Since ten this morning.")
    form.get_by_role("button", name="Create ticket").click()
    expect(card(twin, "Silent numbers")).to_be_visible()
    twin.goto(SUPPORT)
    expect(twin.get_by_role("link", name="Silent numbers", exact=True)).to_have_count(2)


def _send_twice_while_it_is_away(page: Page, server: Server, button: Locator) -> None:
    """Send a form, and again once the page has given up on the answer, before the server is back."""
    server.stop()
    expect(page.get_by_text("Connection lost")).to_have_count(1)
    for _ in range(2):
        button.click()
        page.locator("form[data-busy]").evaluate("form => form.removeAttribute('data-busy')")  # as after 15 s
    server.start()


def test_a_ticket_is_closed_for_good_after_a_question(page_of: PageOf) -> None:
    page = page_of("manager@example.com", path=SUPPORT)
    thread(page, WAITING)
    page.get_by_role("button", name="Close ticket").click()
    page.get_by_role("dialog", name="Close this ticket?").get_by_role("button", name=re.compile("^Close #")).click()
    expect(card(page, WAITING)).to_contain_text("This ticket is closed. To write again, open a new one.")
    expect(card(page, WAITING)).to_contain_text("Kim Larsen closed this ticket")
    expect(page.get_by_role("button", name="Reopen")).to_have_count(0)


def test_while_a_subject_is_typed_sections_and_tickets_that_may_answer_it_are_offered(page_of: PageOf) -> None:
    page = page_of("owner@example.com", path=SUPPORT)
    form = open_form(page)
    form.get_by_label("Subject").fill("A request answers 429")
    expect(form.get_by_role("link", name="API reference")).to_have_attribute("href", "/api/v1/docs")
    form.get_by_label("Subject").fill("")
    form.get_by_label("Subject").press_sequentially("Minutes billed twice, and our threshold")
    expect(form.get_by_role("link", name=WAITING)).to_be_visible()
    answer = form.get_by_role("link", name="Qualified Calls › Duration threshold")
    answer.click()
    page.get_by_role("dialog", name="Leave without saving?").get_by_role("button", name="Leave").click()
    expect(card(page, "Duration threshold")).to_be_visible()
    tab(page, "Support").click()
    expect(card(page, "Tickets")).to_be_visible()
    expect(form).to_be_hidden()


def test_a_ticket_that_is_being_written_outlives_a_reload(page_of: PageOf) -> None:
    """With its files, but without a pasted API key. A form that was closed stays closed."""
    page = page_of("manager@example.com", path=SUPPORT)
    page.on("dialog", lambda question: question.accept())
    form, secret = open_form(page), new_secret().secret
    form.get_by_label("Subject").fill("Silent numbers")
    form.get_by_label("Category").select_option("Numbers")
    form.get_by_label("Description").fill(f"Since ten. We use {secret}")
    file: FilePayload = {"name": "log.txt", "mimeType": "text/plain", "buffer": b"10:12 nothing"}
    form.get_by_label("Attachments").set_input_files(file)
    expect(form.get_by_role("progressbar")).to_have_count(0)
    assert secret not in page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")
    page.reload()
    expect(form.get_by_label("Subject")).to_have_value("Silent numbers")
    expect(form.get_by_label("Category")).to_have_value("numbers")
    expect(form.get_by_label("Description")).to_have_value(f"Since ten. We use {secret[:11]}…{secret[-4:]}")
    expect(form.get_by_role("button", name="Remove log.txt")).to_be_visible()
    page.keyboard.press("Escape")
    expect(form).to_be_hidden()
    page.reload()
    expect(card(page, "Tickets")).to_be_visible()
    expect(form).to_be_hidden()
    expect(open_form(page).get_by_label("Subject")).to_have_value("Silent numbers")
    form.get_by_role("button", name="Create ticket").click()
    expect(card(page, "Silent numbers").get_by_role("link", name="log.txt")).to_be_visible()
    page.goto(SUPPORT)
    expect(open_form(page).get_by_label("Subject")).to_have_value("")


def test_what_somebody_typed_is_nothing_to_the_next_person_in_the_window(page_of: PageOf) -> None:
    """Neither after signing out, nor after a session that ended while someone was typing."""
    page = page_of("manager@example.com", path=SUPPORT)
    page.on("dialog", lambda question: question.accept())
    open_form(page).get_by_label("Subject").fill("Silent numbers")
    expect(page.locator("form[data-dirty]")).to_have_count(1)
    assert len(page.evaluate(KEPT)) == 1
    page.context.clear_cookies()
    sign_in_behind(page.context, "admin@example.com")
    page.goto(SUPPORT)
    expect(open_form(page).get_by_label("Subject")).to_have_value("")
    assert page.evaluate(KEPT) == []
    page.get_by_label("Subject").fill("Loud numbers")
    expect(page.locator("form[data-dirty]")).to_have_count(1)
    assert len(page.evaluate(KEPT)) == 1
    page.locator('form[action="/auth/sign-out"]').dispatch_event("submit")
    assert page.evaluate(KEPT) == []


def test_a_reply_that_was_being_written_when_the_ticket_was_closed_is_still_there(page_of: PageOf) -> None:
    member = page_of("manager@example.com", path=SUPPORT)
    thread(member, WAITING)
    member.get_by_label("Reply").fill("<b>It is</b> the call of 10:12.")
    desk = page_of(STAFF, path=f"/staff?{member.url.partition('&')[2]}")
    desk.get_by_role("button", name="Close ticket").click()
    desk.get_by_role("dialog").get_by_role("button", name=re.compile("^Close #")).click()
    expect(desk.get_by_label("Reply")).to_be_hidden()
    expect(card(member, WAITING)).to_contain_text("Not sent: the ticket was closed meanwhile.")
    expect(member.get_by_label("Reply")).to_have_value("<b>It is</b> the call of 10:12.")
    expect(member.get_by_role("button", name="Reply", exact=True)).to_have_count(0)
    member.bring_to_front()
    member.get_by_role("button", name="Discard").click()
    expect(member.get_by_label("Reply")).to_be_hidden()


def test_support_is_asked_about_a_call_and_sees_what_it_is_about(page_of: PageOf) -> None:
    page = page_of("manager@example.com", path="/calls")
    form = _ask_about_the_first_call(page)
    expect(page).to_have_url(re.compile(r"tab=support$"))
    page.keyboard.press("Escape")
    expect(form).to_be_hidden()
    page.reload()
    expect(card(page, "Tickets")).to_be_visible()
    expect(form).to_be_hidden()
    page.get_by_role("link", name="Calls", exact=True).click()
    form = _ask_about_the_first_call(page)
    subject = form.get_by_label("Subject").input_value()
    assert subject.startswith("Call from ")
    form.get_by_label("Description").fill("Why is it not qualified?")
    form.get_by_role("button", name="Create ticket").click()
    expect(card(page, subject)).to_be_visible()
    desk = page_of(STAFF, path="/")
    thread(desk, subject)
    expect(card(desk, subject)).to_contain_text("Duration")


def _ask_about_the_first_call(page: Page) -> Locator:
    card(page, "Call log").get_by_role("button", name=re.compile("^Details of the call")).first.click()
    page.get_by_role("dialog").get_by_role("link", name="Ask support about this call").click()
    form = page.get_by_role("dialog", name="New ticket")
    expect(form.get_by_label("Subject")).to_have_value(re.compile("^Call from "))
    return form


def test_a_mail_is_switched_off_and_stays_off(page_of: PageOf) -> None:
    page = page_of("owner@example.com")
    replies = card(page, "Email notifications").get_by_label("Ticket replies")
    expect(replies).to_be_checked()
    replies.click()
    expect(page.get_by_text("Ticket replies: emails off")).to_be_visible()
    page.reload()
    expect(replies).not_to_be_checked()
    expect(card(page, "Email notifications").get_by_label("Payout changes")).to_be_disabled()
