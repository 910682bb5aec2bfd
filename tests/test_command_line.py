"""The operator's command line: what it does, and its one-line errors."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from settings_ui.config import DEFAULT_SECRET
from settings_ui.domain.access import Actor, Role
from settings_ui.services.account.access import token_digest
from settings_ui.services.account.password import RESET_PATH
from settings_ui.services.account.sign_in import Visitor
from tests.command_line import CommandLine, command_line
from tests.support import mails

GOOD = "battery staple horse correct"


@pytest.fixture
def run(tmp_path: Path) -> Iterator[CommandLine]:
    """A command line with an empty database."""
    with command_line(tmp_path) as made:
        assert made.says("migrate") == "The database is up to date."
        yield made


@pytest.fixture
def business(run: CommandLine) -> str:
    """The id of Harbor Leads, owned by dana@example.com."""
    return create(run, "Harbor Leads", "dana@example.com", stdin=GOOD)


def create(run: CommandLine, name: str, owner: str, *more: str, stdin: str | None = None) -> str:
    options = ("--password-stdin",) if stdin else ()
    return run.says("create-business", name, "--owner", owner, *options, *more, stdin=stdin)  # type: ignore[arg-type]


def member(run: CommandLine, email: str) -> Actor:
    """Sign in with the valid password and return the actor."""
    done = run.services.account.sign_in.sign_in(email, GOOD, Visitor("192.0.2.0/24", ""), None)
    actor = run.services.account.access.actor(token_digest(done.value))
    assert actor is not None
    return actor


def test_help_names_every_command_and_its_purpose(run: CommandLine) -> None:
    said = run.says("--help")
    for command, purpose in [
        ("add-member", "Add EMAIL to BUSINESS"),
        ("check", "Report every problem"),
        ("create-business", "Create a business and its owner"),
        ("grant-add-on", "Turn Pay Per Call"),
        ("migrate", "latest schema"),
        ("payout-run", "where each payout goes"),
        ("remove-member", "Remove EMAIL from BUSINESS"),
        ("serve", "Migrate, build"),
        ("set-role", "Make EMAIL a ROLE"),
    ]:
        assert command in said
        assert purpose in said


def test_a_business_is_created_with_an_owner_who_can_sign_in(run: CommandLine) -> None:
    made = create(run, "Harbor Leads", "Dana@Example.com", "--time-zone", "Europe/Berlin", stdin=f"{GOOD}\r\n")
    actor = member(run, "dana@example.com")
    assert (actor.business_id, actor.role) == (made, Role.OWNER)
    assert run.services.business.shell.see(actor).current.time_zone == "Europe/Berlin"


@pytest.mark.parametrize("zone", ["Berlin", "America", "", "../etc/passwd", "europe/berlin", "x" * 300])
def test_a_time_zone_that_is_none_is_named_and_nothing_created(run: CommandLine, zone: str) -> None:
    result = run(
        "create-business", "Harbor", "--owner", "d@example.com", "--time-zone", zone, "--password-stdin", stdin=GOOD
    )
    assert result.exit_code == 2
    assert "is not a time zone, like Europe/Berlin" in result.output
    assert run.services.business.members.businesses() == []


def test_a_new_owner_without_a_password_sets_one_by_mail(run: CommandLine) -> None:
    said = create(run, "Harbor Leads", "dana@example.com", "--owner-name", "Dana Okafor")
    assert said.startswith("biz_")
    (mail,) = mails(run.services)
    assert (mail.recipient, mail.subject) == ("dana@example.com", "Harbor Leads is ready")
    assert f"{RESET_PATH}?token=" in mail.body


def test_whether_the_owner_s_email_will_be_sent_or_saved_is_said(run: CommandLine, tmp_path: Path) -> None:
    """Nobody should wait for an email that no server is there to send."""
    create = ("create-business", "Harbor Leads", "--owner")
    sent = run(*create, "dana@example.com", SMTP_URL="smtp://mail.example.com")
    assert "We will email dana@example.com" in sent.stderr
    saved = run(*create, "pat@example.com", MAIL_DIR=str(tmp_path))
    assert f"SMTP_URL is not set: once the server runs, the email to pat@example.com is saved in {tmp_path}." in (
        saved.stderr
    )


def test_no_link_is_mailed_that_the_real_secret_will_not_open(run: CommandLine) -> None:
    refused = run("create-business", "Harbor Leads", "--owner", "dana@example.com", SECRET_KEY=DEFAULT_SECRET)
    assert refused.exit_code == 1
    assert "SECRET_KEY is not set" in refused.output
    assert run.services.business.members.businesses() == []


def test_a_password_that_may_not_be_set_is_refused_and_nothing_created(run: CommandLine) -> None:
    assert "Use at least 15 characters" in run.refuses(
        "create-business", "Harbor", "--owner", "dana@example.com", "--password-stdin", stdin="short"
    )
    assert run.services.business.members.businesses() == []


def test_members_come_change_and_go(run: CommandLine, business: str) -> None:
    """By the business's id or name."""
    said = run.says("add-member", business, "pat@example.com", "--role", "viewer", "--password-stdin", stdin=GOOD)
    assert said == f"pat@example.com is viewer of {business}."
    assert run.says("set-role", "Harbor Leads", "pat@example.com", "publisher") == (
        "pat@example.com is publisher of Harbor Leads."
    )
    actor = member(run, "pat@example.com")
    assert actor.role is Role.PUBLISHER
    assert run.says("remove-member", business, "PAT@example.com") == (
        f"PAT@example.com is no longer a member of {business}."
    )
    assert "pat@example.com is not a member of Harbor Leads." in run.refuses(
        "remove-member", business, "pat@example.com"
    )


def test_the_add_on_is_granted_to_all_or_kept_from_one(run: CommandLine, business: str) -> None:
    def dana_has_it() -> bool:
        return member(run, "dana@example.com").pay_per_call

    assert run.says("grant-add-on", "Harbor Leads") == "Pay Per Call is on for Harbor Leads."
    assert dana_has_it()
    said = run.says("grant-add-on", business, "--member", "dana@example.com", "--off")
    assert said == "Pay Per Call is off for dana@example.com."
    assert not dana_has_it()
    run.says("grant-add-on", business, "--member", "dana@example.com")
    run.says("grant-add-on", business, "--off")
    assert not dana_has_it()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add-member", "Nobody", "p@example.com", "--role", "viewer"), "No business has the id or name “Nobody”."),
        (
            ("add-member", "Harbor Leads", "nonsense", "--role", "viewer"),
            "Enter an email address, like name@company.com.",
        ),
        (
            ("add-member", "Harbor Leads", "p@example.com", "--role", "viewer"),
            "p@example.com is a new user and needs a password.",
        ),
        (
            ("add-member", "Harbor Leads", "dana@example.com", "--role", "viewer"),
            "dana@example.com is already a member of Harbor Leads.",
        ),
        (
            ("set-role", "Harbor Leads", "dana@example.com", "viewer"),
            "This is the last owner who can sign in. Make someone else an owner first.",
        ),
        (
            ("remove-member", "Harbor Leads", "dana@example.com"),
            "This is the last owner who can sign in. Make someone else an owner first.",
        ),
        (("set-role", "Harbor Leads", "p@example.com", "owner"), "p@example.com is not a member of Harbor Leads."),
        (("grant-add-on", "Nobody"), "No business has the id or name “Nobody”."),
        (("payout-run", "--business", "Nobody"), "No business has the id or name “Nobody”."),
        (("payout-run", "--output", "no/such/folder/run.csv"), "no/such/folder/run.csv: No such file or directory"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_said_in_one_line(
    run: CommandLine, business: str, arguments: tuple[str, ...], said: str
) -> None:
    assert run.refuses(*arguments) == said


@pytest.mark.parametrize("role", ["king", "Owner", ""])
def test_a_role_that_is_none_is_refused_before_anything_happens(run: CommandLine, business: str, role: str) -> None:
    result = run("set-role", business, "dana@example.com", role)
    assert result.exit_code == 2
    assert "is not one of 'owner', 'admin', 'manager', 'viewer', 'publisher'" in result.output


def save_payout(run: CommandLine, email: str, paypal: str) -> None:
    run.services.payouts.destinations.save(member(run, email), paypal, GOOD)


def test_the_payout_run_prints_a_sheet_that_no_name_can_turn_into_a_formula(
    run: CommandLine, business: str, tmp_path: Path
) -> None:
    """A publisher named =cmd|… runs nothing on the machine of whoever pays them."""
    run.says(
        "add-member", business, "eve@example.com", "--role", "publisher", "--name", "=cmd|' /C calc'!A0",
        "--password-stdin", stdin=GOOD,
    )  # fmt: skip
    create(run, '+Plus, "Quoted"', "eve@example.com")
    save_payout(run, "eve@example.com", "eve@pay.example")
    result = run("payout-run")
    assert (result.exit_code, result.stderr) == (0, "1 payout.\n")
    [row] = csv.DictReader(io.StringIO(result.stdout))
    assert row["name"] == "'=cmd|' /C calc'!A0"
    assert (row["business"], row["login_email"], row["paypal_email"]) == (
        "Harbor Leads",
        "eve@example.com",
        "eve@pay.example",
    )
    assert (row["role"], row["confirmed"], row["business_id"]) == ("publisher", "no", business)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in row.values())
    sheet = tmp_path / "run.csv"
    assert run.says("payout-run", "--output", str(sheet)) == ""
    assert sheet.read_bytes().decode() == result.stdout_bytes.decode()


def test_the_payout_run_can_be_for_one_business_by_name_and_for_another_moment(run: CommandLine, business: str) -> None:
    run.says("add-member", business, "pat@example.com", "--role", "publisher", "--password-stdin", stdin=GOOD)
    save_payout(run, "pat@example.com", "pat@pay.example")
    create(run, "Second", "dana@example.com")
    assert run("payout-run", "--business", "Harbor Leads").stderr == "1 payout.\n"
    assert run("payout-run", "--business", "Second").stderr == "0 payouts.\n"
    assert run("payout-run", "--at", "2020-01-01T00:00:00Z").stderr == "0 payouts.\n"
    assert run("payout-run", "--at", "2099-01-01T00:00:00+02:00").stderr == "1 payout.\n"
    assert run("payout-run", "--at", "yesterday").exit_code == 2


def test_staff_is_named_and_no_longer_named(run: CommandLine, business: str) -> None:
    said = run.says("add-staff", "ada@support.example", "--name", "Ada Quist", "--password-stdin", stdin=GOOD)
    assert said == "ada@support.example is support staff."
    token = run.services.account.sign_in.sign_in("ada@support.example", GOOD, Visitor("192.0.2.0/24", ""), None).value
    assert run.services.account.access.staff(token_digest(token)) is not None
    assert "cannot belong to a business" in run.refuses(
        "add-member", business, "ada@support.example", "--role", "viewer"
    )
    assert run.says("remove-staff", "ada@support.example") == "ada@support.example is no longer support staff."
    assert run.services.account.access.staff(token_digest(token)) is None
    assert "is not support staff" in run.refuses("remove-staff", "ada@support.example")
