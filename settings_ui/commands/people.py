"""Commands for businesses, their members and support staff."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from settings_ui.commands.kit import ROLES, password, ready, reports
from settings_ui.config import config, refuse_unsafe
from settings_ui.domain.access import Role


@click.command("create-business")
@click.argument("name")
@click.option("--owner", "email", required=True, help="Login email of the owner.")
@click.option("--owner-name", default="", help="Full name, if the owner is new.")
@click.option("--time-zone", default="UTC", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read a new owner's password from standard input.")
@reports
def create_business(name: str, email: str, owner_name: str, time_zone: str, password_stdin: bool) -> None:
    """Create a business and its owner, who gets an email with a link to set a password unless one is given."""
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # `America` is a folder, not a zone
        raise click.BadParameter(
            f"{time_zone} is not a time zone, like Europe/Berlin", param_hint="--time-zone"
        ) from error
    if not password_stdin:
        refuse_unsafe(config())  # a link signed with the default secret would not open once it is set
    made = ready().business.members.create_business(
        name, owner_email=email, owner_name=owner_name, password=password(password_stdin), time_zone=time_zone
    )
    click.echo(made)
    if not password_stdin:
        way = f"We will email {email} how to get started once the server runs."
        if not config().smtp_url:
            way = f"SMTP_URL is not set: once the server runs, the email to {email} is saved in {config().mail_dir}."
        click.echo(way, err=True)


@click.command("add-member")
@click.argument("business")
@click.argument("email")
@click.option("--role", type=ROLES, required=True)
@click.option("--name", default="", help="Full name, if the person is new.")
@click.option("--password-stdin", is_flag=True, help="Read a new person's password from standard input.")
@reports
def add_member(business: str, email: str, role: str, name: str, password_stdin: bool) -> None:
    """Add EMAIL to BUSINESS (id or name)."""
    ready().business.members.add_member(business, email, name=name, role=Role(role), password=password(password_stdin))
    click.echo(f"{email} is {role} of {business}.")


@click.command("set-role")
@click.argument("business")
@click.argument("email")
@click.argument("role", type=ROLES)
@reports
def set_role(business: str, email: str, role: str) -> None:
    """Make EMAIL a ROLE of BUSINESS."""
    ready().business.members.set_role(business, email, Role(role))
    click.echo(f"{email} is {role} of {business}.")


@click.command("remove-member")
@click.argument("business")
@click.argument("email")
@reports
def remove_member(business: str, email: str) -> None:
    """Remove EMAIL from BUSINESS."""
    ready().business.members.remove_member(business, email)
    click.echo(f"{email} is no longer a member of {business}.")


@click.command("add-staff")
@click.argument("email")
@click.option("--name", default="", help="Full name, if the person is new.")
@click.option("--password-stdin", is_flag=True, help="Read a new person's password from standard input.")
@reports
def add_staff(email: str, name: str, password_stdin: bool) -> None:
    """Let EMAIL answer the tickets of all businesses, at /staff."""
    ready().support.staff.add(email, name=name, password=password(password_stdin))
    click.echo(f"{email} is support staff.")


@click.command("remove-staff")
@click.argument("email")
@reports
def remove_staff(email: str) -> None:
    """Remove EMAIL from support staff."""
    ready().support.staff.remove(email)
    click.echo(f"{email} is no longer support staff.")


@click.command("grant-add-on")
@click.argument("business")
@click.option("--member", default=None, help="Only this member's access, by login email.")
@click.option("--off", is_flag=True, help="Turn it off instead.")
@reports
def grant_add_on(business: str, member: str | None, off: bool) -> None:
    """Turn Pay Per Call on for BUSINESS, or for one of its members.

    A business with a plan switches it in Settings, Billing.
    """
    ready().business.members.set_add_on(business, active=not off, email=member)
    click.echo(f"Pay Per Call is {'off' if off else 'on'} for {member or business}.")
