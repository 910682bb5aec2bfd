"""The operator's command line: `python -m settings_ui COMMAND --help`."""

import click

from settings_ui.commands import calls, data, money, people, serving


@click.group(help="Operate Switchboard. Settings come from the environment; see .env.example.")
def main() -> None:
    """Group of all commands."""


for command in (
    *(serving.serve, serving.develop, serving.migrate),
    *(people.create_business, people.add_member, people.set_role, people.remove_member),
    *(people.add_staff, people.remove_staff, people.grant_add_on),
    *(money.payout_run, money.reconcile),
    *(calls.import_calls, calls.rebuild_counts),
    *(data.backup, data.restore, data.check),
):
    main.add_command(command)

if __name__ == "__main__":
    main(prog_name="python -m settings_ui")
