"""Settings → Payouts."""

import reflex as rx
from reflex.vars import ObjectVar

from settings_ui.components.browser import Countdown
from settings_ui.components.fields import account_of, current_password, field
from settings_ui.components.recent_changes import recent_changes, timeline
from settings_ui.components.vocabulary import (
    badge,
    button,
    card,
    deed,
    dialog,
    draft,
    empty,
    mail_sent,
    notice,
    skeleton,
)
from settings_ui.state.payouts import Payouts
from settings_ui.state.settings import Settings
from settings_ui.state.shell import Shell
from settings_ui.state.views.payouts import DestinationView, HistoryView


def payouts() -> rx.Component:
    """The tab."""
    return rx.cond(
        Payouts.loaded,
        rx.fragment(
            rx.cond(Payouts.on_hold.id, _held(), _form()),
            _history(),
            rx.cond(Payouts.sees_changes, recent_changes(Payouts.changes)),
            _question(),
        ),
        skeleton(fields=2),
    )


def _about() -> rx.Component:
    return rx.cond(
        Payouts.in_force.id,
        rx.fragment("Payouts go to ", rx.el.b(Payouts.in_force.email), "."),
        "You cannot receive payouts yet. Save the email of your PayPal account.",
    )


def _form() -> rx.Component:
    return card(
        "Payout email",
        about=_about(),
        aside=rx.cond(
            Payouts.in_force.id,
            rx.cond(Payouts.in_force.confirmed, badge("Confirmed", "good"), badge("Not confirmed", "warn")),
        ),
        anchor="paypal-email",
        form=rx.fragment(
            rx.cond(
                (Payouts.in_force.id != "") & ~Payouts.in_force.confirmed,
                rx.el.div(_to_confirm(Payouts.in_force), class_name="card-body above-form"),
            ),
            draft(
                account_of(Shell.user.email),
                rx.el.div(
                    field(
                        "PayPal email",
                        name="email",
                        anchor="payout-email",
                        words="money paid payment",
                        type="email",
                        wrong=Payouts.errors["email"],
                        auto_complete="off",
                        placeholder="name@company.com",
                        spell_check=False,
                    ),
                    current_password("payout-password", Payouts.errors["password"]),
                    class_name="grid2",
                ),
                on_submit=Payouts.save,
                on_discard=Payouts.discard,
                answered=Payouts.answered,
                wrong=Payouts.errors[""],
                hint=rx.cond(
                    Payouts.in_force.id,
                    "Changes are on hold for 72 hours. Until then, payouts go to the email above.",
                    "Your first email takes effect immediately. Later changes are on hold for 72 hours.",
                ),
            ),
        ),
    )


def _held() -> rx.Component:
    change = Payouts.on_hold
    return card(
        "Payout email",
        notice(
            "From ",
            rx.el.b(change.spoken),
            ", payouts go to ",
            rx.el.b(change.email),
            ". ",
            Countdown.create(iso=change.at.iso, on_done=Settings.open),
            ". Until then you can cancel it here or with the link in the email to your login address.",
            action=button("Cancel change", look="danger", on_click=Payouts.ask_to_cancel(True)),
        ),
        rx.cond(~change.confirmed, rx.el.div(_to_confirm(change), class_name="mt-3")),
        about=_about(),
        aside=badge("Change on hold", "warn"),
        anchor="paypal-email",
    )


def _to_confirm(destination: DestinationView | ObjectVar[DestinationView]) -> rx.Component:
    return mail_sent(destination.email, "confirm", Payouts.send_confirmation(destination.id), answered=Payouts.sent)


def _history() -> rx.Component:
    return card(
        "History",
        rx.cond(
            Payouts.history,
            timeline(Payouts.history, _line),
            empty("No PayPal email yet", "Every PayPal email you save is listed here."),
        ),
        anchor="payout-history",
    )


def _line(line: ObjectVar[HistoryView]) -> rx.Component:
    return rx.fragment(line.text, " ", rx.cond(line.badge, badge(line.badge, line.kind)))


def _question() -> rx.Component:
    return dialog(
        "Cancel this change?",
        rx.el.p(
            "Payouts keep going to ",
            rx.el.b(Payouts.in_force.email),
            ". The change to ",
            Payouts.on_hold.email,
            " is dropped.",
        ),
        opened=Payouts.asks_to_cancel,
        on_close=Payouts.ask_to_cancel(False),
        actions=[
            button("Keep change", on_click=Payouts.ask_to_cancel(False)),
            deed("Cancel change", on_click=Payouts.cancel),
        ],
    )
