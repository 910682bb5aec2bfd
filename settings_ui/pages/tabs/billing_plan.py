"""The cards Plan, Add-ons and Rates of Settings → Billing."""

import reflex as rx
from reflex.vars import ObjectVar

from settings_ui.components.vocabulary import badge, button, card, deed, dialog, empty, form_dialog, notice, table, var
from settings_ui.state.billing import NEW_CARD, Billing
from settings_ui.state.billing_plan import BillingPlan
from settings_ui.state.views.billing import CardView
from settings_ui.state.views.billing_plan import LineView, OfferView, RateView


def plan() -> rx.Component:
    """The plan, its status and its renewal."""
    return card(
        "Plan",
        rx.cond(
            BillingPlan.has_plan,
            rx.el.p(rx.el.b(BillingPlan.name), " ", rx.el.span(BillingPlan.price, class_name="muted")),
            rx.el.p("No plan yet. Your plan sets the rates for calls and numbers."),
        ),
        rx.cond(
            BillingPlan.past_due,
            notice(
                "The payment for the plan failed. Pay the invoice, or make another card the default.",
                kind="bad",
                role="status",
                action=rx.cond(
                    BillingPlan.pay_url,
                    rx.el.a("Pay the invoice", href=BillingPlan.pay_url, class_name="btn", rel="noreferrer"),
                ),
            ),
        ),
        about="Paid by card each month. Usage is paid from the balance.",
        aside=rx.cond(BillingPlan.status, badge(BillingPlan.status, BillingPlan.look)),
        form=rx.el.div(
            rx.el.span(BillingPlan.renewal, class_name="hint"),
            rx.cond(
                BillingPlan.has_plan,
                rx.cond(
                    BillingPlan.ends,
                    button("Resume", on_click=BillingPlan.resume, answered=BillingPlan.answered),
                    button("Cancel plan", look="ghost", on_click=BillingPlan.ask_to_cancel),
                ),
            ),
            button(
                rx.cond(BillingPlan.has_plan, "Change plan", "Choose a plan"),
                on_click=BillingPlan.ask_to_change,
                disabled=~BillingPlan.connected,
            ),
            class_name="card-foot",
        ),
        anchor="plan",
        words="subscription upgrade downgrade cancel resume renewal",
    )


def add_ons() -> rx.Component:
    """The add-ons of the plan."""
    return card(
        "Add-ons",
        rx.cond(
            BillingPlan.add_ons,
            table(["Add-on", "Price", "#"], rx.foreach(BillingPlan.add_ons, _add_on), label="Add-ons", fits=480),
            empty("No add-ons", "Options for your plan are listed here."),
        ),
        about=rx.fragment(
            "Options for your plan. ", rx.cond(BillingPlan.has_plan, "Some change a rate.", "Choose a plan first.")
        ),
        flush=True,
        anchor="add-ons",
        words="pay per call options extras",
    )


def _add_on(offer: ObjectVar[OfferView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            rx.el.b(offer.name),
            " ",
            rx.cond(offer.on, badge("On", "good")),
            rx.el.div(offer.about, class_name="muted"),
        ),
        rx.el.td(offer.price),
        rx.el.td(
            button(
                rx.cond(offer.on, "Turn off", "Turn on"),
                on_click=BillingPlan.price_add_on(offer.slug),
                answered=BillingPlan.answered,
                aria_label=rx.cond(offer.on, f"Turn off {offer.name}", f"Turn on {offer.name}"),
                disabled=~BillingPlan.has_plan,
            ),
            class_name="num",
        ),
        key=offer.slug,
    )


def rates() -> rx.Component:
    """The rates in force."""
    return card(
        "Rates",
        rx.cond(BillingPlan.foreign, notice(BillingPlan.foreign, kind="warn")),
        rx.cond(
            BillingPlan.rates,
            table(["Usage", "#Rate", "Set by"], rx.foreach(BillingPlan.rates, _rate), label="Rates", fits=330),
            empty("No rates yet", "Usage is charged once you have a plan."),
        ),
        about="What usage costs with your plan and its add-ons.",
        aside=rx.cond(BillingPlan.as_of, rx.el.span("As of ", BillingPlan.as_of, class_name="hint")),
        flush=True,
        anchor="rates",
        words="prices pricing minutes numbers cost",
    )


def _rate(rate: ObjectVar[RateView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(rate.kind),
        rx.el.td(rate.rate, " ", rx.el.span(rate.unit, class_name="muted"), class_name="num"),
        rx.el.td(rate.by, custom_attrs={"data-before": "set by"}),
        key=rate.kind,
    )


def plan_dialogs() -> rx.Component:
    """The dialogs to choose a plan, confirm today's cost, and cancel."""
    return rx.fragment(_choose(), _cost(), _cancel())


def _choose() -> rx.Component:
    return form_dialog(
        BillingPlan,
        "plan",
        rx.cond(BillingPlan.has_plan, "Change plan", "Choose a plan"),
        rx.el.fieldset(
            rx.el.legend("Plans"),
            rx.foreach(BillingPlan.plans, _plan),
            class_name="choices",
        ),
        on_submit=BillingPlan.price_plan,
        on_close=BillingPlan.close,
        on_forgotten=BillingPlan.keep_open,
        deed="Review cost",
    )


def _plan(offer: ObjectVar[OfferView]) -> rx.Component:
    return rx.el.label(
        rx.el.input(type="radio", name="plan", value=offer.slug, default_checked=offer.on, aria_label=offer.name),
        rx.el.span(
            rx.el.b(offer.name),
            " ",
            offer.price,
            " ",
            rx.cond(offer.on, badge("Current", "good")),
            rx.el.small(offer.about, class_name="muted"),
            rx.el.small(rx.foreach(offer.rates, _offered_rate), class_name="rates"),
        ),
        class_name="choice",
        key=offer.slug,
    )


def _offered_rate(rate: ObjectVar[RateView]) -> rx.Component:
    return rx.fragment(rx.el.span(rate.kind, class_name="muted"), rx.el.span(rate.rate, " ", rate.unit))


def _cost() -> rx.Component:
    return form_dialog(
        BillingPlan,
        "cost",
        f"{BillingPlan.deed}?",
        table(["What", "#Amount"], rx.foreach(BillingPlan.lines, _line), label="What it costs", fits=330),
        rx.el.p(rx.el.b("Due today: ", BillingPlan.due)),
        rx.el.p(BillingPlan.later, class_name="muted"),
        rx.cond(BillingPlan.has_plan, rx.fragment(), _pay_with()),
        on_submit=BillingPlan.confirm,
        on_close=BillingPlan.close,
        on_forgotten=BillingPlan.price_again,
        subject=BillingPlan.change,
        deed=BillingPlan.deed,
    )


def _line(line: ObjectVar[LineView]) -> rx.Component:
    return rx.el.tr(rx.el.td(line.text), rx.el.td(line.amount, class_name="num"), key=line.text)


def _pay_with() -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend("Pay with"),
        rx.foreach(Billing.cards, _card),
        rx.el.label(
            rx.el.input(
                type="radio",
                name="card",
                value=NEW_CARD,
                default_checked=var(Billing.cards).length() == 0,
                aria_label="New card",
            ),
            rx.el.span("New card"),
            class_name="choice",
        ),
        class_name="choices",
    )


def _card(saved: ObjectVar[CardView]) -> rx.Component:
    return rx.el.label(
        rx.el.input(type="radio", name="card", value=saved.id, default_checked=saved.default, aria_label=saved.name),
        rx.el.span(saved.name),
        class_name="choice",
        key=saved.id,
    )


def _cancel() -> rx.Component:
    return dialog(
        "Cancel the plan?",
        rx.el.p(
            rx.el.b(BillingPlan.name),
            " and its add-ons end on ",
            rx.el.b(BillingPlan.last_day),
            ". Until then they keep working, and you can resume the plan.",
        ),
        opened=BillingPlan.dialog == "cancel",
        on_close=BillingPlan.close,
        actions=[
            button("Keep plan", on_click=BillingPlan.close),
            deed("Cancel plan", on_click=BillingPlan.cancel),
        ],
    )
