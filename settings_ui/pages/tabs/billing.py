"""Settings → Billing."""

import reflex as rx
from reflex.vars import ObjectVar
from reflex_components_core.react_router import link

from settings_ui.components.browser import After
from settings_ui.components.fields import field
from settings_ui.components.recent_changes import recent_changes
from settings_ui.components.vocabulary import (
    Text,
    badge,
    button,
    card,
    csv_download,
    deed,
    dialog,
    empty,
    form_dialog,
    notice,
    skeleton,
    table,
    var,
)
from settings_ui.pages.tabs.billing_plan import add_ons, plan, plan_dialogs, rates
from settings_ui.pages.tabs.billing_usage import auto_recharge, invoices, usage
from settings_ui.state.billing import NEW_CARD, Billing
from settings_ui.state.billing_usage import BillingUsage
from settings_ui.state.shell import Shell
from settings_ui.state.views.billing import CardView, TopUpView, TransactionView

PRESETS = ("25", "50", "100", "250")
AMOUNT = "funds-amount"


def billing() -> rx.Component:
    """The tab."""
    return rx.cond(
        Billing.loaded,
        rx.fragment(
            _balance(),
            auto_recharge(),
            plan(),
            add_ons(),
            rates(),
            _cards(),
            usage(),
            _transactions(),
            invoices(),
            recent_changes(Billing.changes),
            _add_funds(),
            _remove(),
            plan_dialogs(),
            rx.cond(Billing.expects_news, _look()),
        ),
        rx.fragment(skeleton(fields=0), skeleton(fields=2)),
    )


def _look() -> rx.Component:
    """Asks for updates after the paint: soon at first, then every few seconds while a payment is pending."""
    return rx.cond(
        Billing.looks == 0,
        After.create(ms=300, on_done=Billing.look, key="first"),
        After.create(ms=4000, on_done=Billing.look, key=var(Billing.looks).to_string()),
    )


def _balance() -> rx.Component:
    return card(
        "Balance",
        about=rx.fragment("Pays for minutes, calls and numbers. The plan is paid by card. ", BillingUsage.runway),
        aside=rx.el.span(Billing.balance, class_name="amount", custom_attrs={"data-balance": ""}),
        form=rx.fragment(
            rx.cond(
                (var(Billing.open_top_ups).length() > 0) | ~Billing.connected,
                rx.el.div(
                    rx.cond(
                        Billing.connected,
                        rx.fragment(),
                        notice("Payments are not set up on this installation.", kind="warn"),
                    ),
                    rx.foreach(Billing.open_top_ups, _open_top_up),
                    class_name="card-body notes",
                ),
                rx.el.div(class_name="card-body thin"),
            ),
            rx.el.div(
                rx.el.span(f"From {Billing.sign}10 to {Billing.sign}5,000 at a time.", class_name="hint"),
                button("Add funds", look="primary", on_click=Billing.ask_to_add, disabled=~Billing.connected),
                class_name="card-foot",
            ),
        ),
        anchor="balance",
        words="money funds top up credit pay",
    )


def _open_top_up(top_up: ObjectVar[TopUpView]) -> rx.Component:
    return rx.el.div(
        rx.el.div(top_up.text),
        rx.cond(top_up.way_on, button(top_up.way_on, on_click=Billing.finish(top_up.id), answered=Billing.answered)),
        class_name=f"note {top_up.kind}",
        role="status",
        key=top_up.id,
    )


def _add_funds() -> rx.Component:
    return form_dialog(
        Billing,
        "funds",
        "Add funds",
        field(
            "Amount",
            name="amount",
            anchor=AMOUNT,
            value=PRESETS[1],
            wrong=Billing.errors["amount"],
            input_mode="decimal",
            sign=Billing.sign,
            auto_focus=True,
        ),
        rx.el.div(
            *[
                button(f"{Billing.sign}{preset}", look="small", on_click=rx.set_value(AMOUNT, preset))
                for preset in PRESETS
            ],
            class_name="presets",
            role="group",
            aria_label="Presets",
        ),
        rx.el.fieldset(
            rx.el.legend("Pay with"),
            rx.foreach(Billing.cards, _choice),
            _radio(
                NEW_CARD, var(Billing.cards).length() == 0, "New card", "You enter it on the payment provider’s page."
            ),
            rx.cond(
                Billing.errors["card"],
                rx.el.p(
                    Billing.errors["card"],
                    class_name="wrong",
                    role="alert",
                    custom_attrs={"data-refused": ""},
                ),
            ),
            class_name="choices",
        ),
        rx.el.p(
            "A saved card is charged immediately, and the amount is added to the balance of ",
            Shell.home.name,
            ".",
            class_name="hint",
        ),
        on_submit=Billing.add_funds,
        on_close=Billing.close,
        on_forgotten=Billing.keep_open,
        subject=Billing.attempt,
        deed="Add funds",
    )


def _choice(saved: ObjectVar[CardView]) -> rx.Component:
    return _radio(saved.id, saved.default, saved.name, f"expires {saved.expires}", key=saved.id)


def _radio(value: Text, chosen: rx.Var[bool], label: Text, hint: str, **options: Text) -> rx.Component:
    return rx.el.label(
        rx.el.input(type="radio", name="card", value=value, default_checked=chosen, aria_label=label),
        rx.el.span(label, " ", rx.el.small(hint, class_name="muted")),
        class_name="choice",
        **options,
    )


def _cards() -> rx.Component:
    return card(
        "Payment methods",
        rx.cond(
            Billing.cards,
            table(["Card", "Expires", "#"], rx.foreach(Billing.cards, _card), label="Saved cards", fits=480),
            empty(
                "No saved cards", "Save a card to add funds in one step. You enter it on the payment provider’s page."
            ),
        ),
        about="Card numbers never reach us. The payment provider stores them.",
        aside=button("Add card", on_click=Billing.add_card, answered=Billing.answered, disabled=~Billing.connected),
        form=rx.cond(
            Billing.away,
            rx.el.div(
                rx.el.span(Billing.away, " Cards are shown as of ", Billing.cards_as_of, ".", class_name="hint"),
                class_name="card-foot",
            ),
        ),
        flush=True,
        anchor="payment-methods",
        words="credit debit visa mastercard default remove",
    )


def _card(saved: ObjectVar[CardView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(rx.el.b(saved.name), " ", rx.cond(saved.default, badge("Default", "good"))),
        rx.el.td(
            saved.expires,
            " ",
            rx.cond(saved.warning, badge(saved.warning, "warn")),
            custom_attrs={"data-before": "expires"},
        ),
        rx.el.td(
            rx.cond(
                saved.default,
                rx.fragment(),
                button(
                    "Make default",
                    look="ghost",
                    on_click=Billing.make_default(saved.id),
                    answered=Billing.answered,
                    aria_label=f"Make {saved.name} the default",
                ),
            ),
            button(
                "Remove", look="danger", on_click=Billing.ask_to_remove(saved.id), aria_label=f"Remove {saved.name}"
            ),
            class_name="num",
        ),
        key=saved.id,
    )


def _remove() -> rx.Component:
    return dialog(
        f"Remove {Billing.target.name}?",
        rx.el.p(
            rx.cond(
                var(Billing.cards).length() == 1,
                "This is your only saved card. To add funds afterwards, you enter a new one.",
                rx.cond(
                    Billing.target.default,
                    "This is your default card. The newest of your other cards becomes the default.",
                    "Your other cards stay saved.",
                ),
            )
        ),
        opened=Billing.dialog == "remove",
        on_close=Billing.close,
        actions=[
            button("Keep card", on_click=Billing.close),
            deed(f"Remove {Billing.target.name}", on_click=Billing.remove),
        ],
    )


def _transactions() -> rx.Component:
    return card(
        "Transactions",
        rx.cond(
            Billing.transactions,
            table(
                ["When", "What", "#Amount", "#Balance", "#"],
                rx.foreach(Billing.transactions, _transaction),
                label="Transactions",
                fits=560,
            ),
            empty("No transactions yet", "Added funds and charges for calls and numbers are listed here."),
        ),
        about="Every change to the balance, exactly as posted.",
        aside=csv_download(f"/billing/transactions.csv?business={Shell.home.id}", of="transactions"),
        form=rx.cond(
            (var(Billing.newer).length() > 0) | (Billing.older > 0),
            rx.el.div(
                rx.el.span("Newest first", class_name="hint"),
                button("Newer", on_click=Billing.show_newer, disabled=var(Billing.newer).length() == 0),
                button("Older", on_click=Billing.show_older, disabled=Billing.older == 0),
                class_name="card-foot",
            ),
        ),
        flush=True,
        anchor="transactions",
        words="ledger statement receipts refunds csv export",
    )


def _transaction(line: ObjectVar[TransactionView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            rx.el.time(line.day, date_time=line.at.iso, title=line.at.exact), class_name="muted whitespace-nowrap"
        ),
        rx.el.td(
            rx.el.span(line.number, " ", class_name="muted"),
            line.text,
            " ",
            rx.cond(
                line.receipt,
                rx.el.a("Receipt", href=line.receipt, target="_blank", rel="noreferrer", class_name="link"),
            ),
            class_name="lead",
        ),
        rx.el.td(line.amount, class_name="num"),
        rx.el.td(line.balance, class_name="num", custom_attrs={"data-before": "balance"}),
        rx.el.td(
            link(
                rx.el.span("Ask", rx.el.span(" support")),
                to=line.ask,
                class_name="btn ghost",
                aria_label=f"Ask support about {line.number}",
            ),
            class_name="num",
        ),
        class_name="entry",
        key=line.id,
    )
