"""The cards Auto-recharge, Usage and Invoices of Settings → Billing."""

import reflex as rx
from reflex.vars import ObjectVar

from settings_ui.components.browser import After
from settings_ui.components.chart import Bars
from settings_ui.components.fields import field
from settings_ui.components.vocabulary import badge, card, csv_download, draft, empty, notice, table, var
from settings_ui.state.billing import Billing
from settings_ui.state.billing_usage import BillingUsage
from settings_ui.state.shell import Shell
from settings_ui.state.views.billing_plan import InvoiceView, UsageView

ALERTS = "Owners and admins get an email below this amount and at zero. Leave empty for zero only."


def auto_recharge() -> rx.Component:
    """When the balance recharges automatically, and when alerts are sent."""
    errors = BillingUsage.errors
    return card(
        "Auto-recharge",
        about="Charges the default card when the balance falls below a threshold, one charge at a time.",
        form=draft(
            rx.cond(BillingUsage.trouble, notice(BillingUsage.trouble, kind="warn", role="status")),
            rx.el.label(
                rx.el.input(
                    type="checkbox",
                    name="on",
                    value="on",
                    default_checked=BillingUsage.on,
                    key=var(BillingUsage.on).to_string(),
                    id="recharge-on",
                ),
                rx.el.span("Recharge automatically"),
                class_name="choice",
            ),
            rx.el.div(
                *[
                    field(
                        label,
                        name=name,
                        anchor=f"recharge-{name.replace('_', '-')}",
                        value=value,
                        wrong=errors[name],
                        hint=hint,
                        input_mode="decimal",
                        sign=Billing.sign,
                    )
                    for label, name, value, hint in (
                        ("When below", "threshold", BillingUsage.threshold, ""),
                        ("Recharge with", "amount", BillingUsage.amount, ""),
                        ("Monthly cap", "cap", BillingUsage.cap, "Nothing is charged automatically beyond this."),
                        ("Alert level", "alert_level", BillingUsage.alert_level, ALERTS),
                    )
                ],
                class_name="grid2 mt-3",
            ),
            on_submit=BillingUsage.save_recharge,
            on_discard=BillingUsage.discard,
            answered=BillingUsage.answered,
            hint=BillingUsage.this_month,
            wrong=errors[""],
        ),
        anchor="auto-recharge",
        words="automatic top up threshold cap alert low balance",
    )


def usage() -> rx.Component:
    """The usage of this billing period."""
    return card(
        "Usage",
        rx.cond(
            BillingUsage.kinds,
            rx.fragment(
                Bars.create(
                    bars=BillingUsage.bars,
                    label="Cost by day",
                    names=["Minutes", "Numbers and calls"],
                    columns=["Day", "Cost", "Minutes"],
                ),
                table(
                    ["Usage", "#Quantity", "#Cost"],
                    rx.foreach(BillingUsage.kinds, _kind),
                    label="Usage by kind",
                    fits=330,
                ),
            ),
            empty("No usage in this period", "Minutes, numbers and calls are listed here as they are charged."),
        ),
        about=rx.fragment("This billing period: ", BillingUsage.period, "."),
        aside=rx.el.span(BillingUsage.spend, class_name="amount", custom_attrs={"data-spend": ""}),
        form=rx.el.div(
            rx.el.span("Charged to the balance within a minute.", class_name="hint"),
            csv_download(f"/billing/usage.csv?business={Shell.home.id}", of="usage"),
            class_name="card-foot",
        ),
        anchor="usage",
        words="minutes calls numbers spend consumption csv export",
    )


def _kind(kind: ObjectVar[UsageView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(kind.kind),
        rx.el.td(kind.quantity, class_name="num"),
        rx.el.td(kind.cost, class_name="num"),
        key=kind.kind,
    )


def invoices() -> rx.Component:
    """The invoices of the plan; the provider stores them."""
    return card(
        "Invoices",
        rx.cond(
            Billing.connected & ~BillingUsage.asked,
            After.create(ms=600, on_done=BillingUsage.look, key="invoices"),
        ),
        rx.cond(
            BillingUsage.invoices,
            table(
                ["Date", "Number", "Status", "#Amount", "#"],
                rx.foreach(BillingUsage.invoices, _invoice),
                label="Invoices",
                fits=480,
            ),
            rx.cond(
                Billing.connected & ~BillingUsage.asked,
                rx.el.p("Loading invoices…", class_name="empty", role="status"),
                rx.cond(
                    BillingUsage.away,
                    empty("Invoices are not available right now", BillingUsage.away),
                    empty("No invoices yet", "Each month’s plan invoice is listed here with its PDF."),
                ),
            ),
        ),
        about="What the plan cost. Receipts for added funds are in Transactions.",
        flush=True,
        anchor="invoices",
        words="bills receipts pdf tax",
    )


def _invoice(invoice: ObjectVar[InvoiceView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(invoice.day),
        rx.el.td(invoice.number),
        rx.el.td(badge(invoice.status, invoice.look)),
        rx.el.td(invoice.total, class_name="num"),
        rx.el.td(
            rx.cond(
                invoice.pay_url,
                rx.el.a("Pay", href=invoice.pay_url, class_name="link", rel="noreferrer",
                        aria_label=f"Pay {invoice.number}"),
            ),
            " ",
            rx.cond(
                invoice.pdf_url,
                rx.el.a("PDF", href=invoice.pdf_url, class_name="link", target="_blank", rel="noreferrer",
                        aria_label=f"PDF of {invoice.number}"),
            ),
            class_name="num",
        ),
        key=invoice.id,
    )  # fmt: skip
