"""The cards of the Business page: business settings, members, invitations."""

import reflex as rx
from reflex.vars import ObjectVar
from reflex_components_core.react_router import link

from settings_ui.components.browser import Check, Choice
from settings_ui.components.fields import field, select
from settings_ui.components.filters import list_search, page_turns
from settings_ui.components.vocabulary import ago, badge, button, card, draft, empty, notice, table
from settings_ui.domain.places import CURRENCIES, region_label, regions, time_zones
from settings_ui.state.business import Business
from settings_ui.state.views.business import InvitationView, MemberView, RoleView


def business_cards() -> rx.Component:
    """The cards, in order."""
    return rx.fragment(_details(), _members(), _invitations())


def role_options() -> rx.Component:
    """The roles that the viewer may assign."""
    return rx.foreach(Business.roles, _role_option)


def _role_option(role: ObjectVar[RoleView]) -> rx.Component:
    return rx.el.option(role.label, value=role.value)


def _details() -> rx.Component:
    saved, wrong = Business.details, Business.wrong
    return card(
        "Business settings",
        about="Used wherever days, phone numbers and amounts appear.",
        form=draft(
            rx.cond(
                saved.recounting,
                notice(
                    "The time zone was changed. Daily figures are being recalculated, which takes a moment.",
                    role="status",
                    below="mb-3.5",
                ),
            ),
            rx.el.div(
                field(
                    "Name", name="name", anchor="business-name", value=saved.name, wrong=wrong["name"], max_length=100
                ),
                rx.cond(
                    saved.currency_fixed,
                    field(
                        "Currency",
                        name="currency",
                        value=saved.currency,
                        wrong=wrong["currency"],
                        hint="Cannot be changed once money has moved.",
                        read_only=True,
                    ),
                    select(
                        "Currency",
                        [(currency, currency) for currency in CURRENCIES],
                        name="currency",
                        value=saved.currency,
                        wrong=wrong["currency"],
                        words="money",
                    ),
                ),
                select(
                    "Time zone",
                    _zones(),
                    name="time_zone",
                    value=saved.time_zone,
                    wrong=wrong["time_zone"],
                    hint="Sets when days begin and end, including in past reports.",
                    words="day local time",
                ),
                select(
                    "Region",
                    sorted(((region, region_label(region)) for region in regions()), key=lambda pair: pair[1]),
                    name="region",
                    value=saved.region,
                    wrong=wrong["region"],
                    hint="Used for numbers entered without a country code.",
                    words="country phone",
                ),
                class_name="grid2",
            ),
            on_submit=Business.save,
            on_discard=Business.discard,
            answered=Business.saved,
            wrong=wrong[""],
        ),
        anchor="business-settings",
        words="company organisation workspace rename",
    )


def _zones() -> rx.Component:
    """All time zones, by continent."""
    groups: dict[str, list[str]] = {}
    for zone in time_zones():
        groups.setdefault(zone.partition("/")[0], []).append(zone)
    return rx.fragment(
        *[
            rx.el.optgroup(*[rx.el.option(zone.replace("_", " "), value=zone) for zone in zones], label=continent)
            for continent, zones in groups.items()
        ]
    )


def _members() -> rx.Component:
    return card(
        "Members",
        rx.cond(
            Business.only,
            rx.el.div(
                rx.el.span("Showing only the member from the link."),
                link("Show all", to="/business", class_name="link"),
                class_name="selected",
            ),
        ),
        list_search(Business, label="Search members", placeholder="Search by name or email"),
        rx.cond(
            Business.members,
            table(["Member", "Role", "Joined", "#"], rx.foreach(Business.members, _member), label="Members", fits=560),
            empty("No matching members", "Try another part of the name or email."),
        ),
        about="A role sets what a member can see and do. Changes apply at their next click.",
        aside=button("Invite a member", look="primary", on_click=Business.ask("invite", "")),
        form=page_turns(Business, Business.range),
        flush=True,
        anchor="members",
        words="people team user role owner admin manager viewer publisher invite add remove",
    )


def _member(member: ObjectVar[MemberView]) -> rx.Component:
    named = f"{member.id}-name"
    return rx.el.tr(
        rx.el.td(
            rx.el.b(member.name, id=named),
            " ",
            rx.cond(member.self, badge("You")),
            rx.cond(member.disabled, badge("Disabled", "warn")),
            rx.cond(member.asks_for, badge(f"Requested {member.asks_for}", "warn")),
            rx.el.div(member.email, class_name="hint"),
        ),
        rx.el.td(
            Choice.create(
                rx.cond(member.mine, role_options(), rx.el.option(member.role_label, value=member.role)),
                value=member.role,
                label="Role",
                answered=Business.answered,
                disabled=~member.mine,
                described_by=named,
                on_choose=lambda role: Business.choose_role(member.id, role),
            ),
            rx.cond(
                Business.pay_per_call,
                rx.el.label(
                    Check.create(
                        checked=member.access,
                        answered=Business.answered,
                        disabled=~member.mine,
                        described_by=named,
                        on_toggle=lambda active: Business.set_access(member.id, active),
                    ),
                    "Pay Per Call",
                    class_name="check",
                ),
            ),
        ),
        rx.el.td(ago(member.since), custom_attrs={"data-before": "joined"}),
        rx.el.td(
            rx.cond(
                member.mine,
                button("Remove", look="danger", on_click=Business.ask("remove", member.id), aria_describedby=named),
            ),
            class_name="num",
        ),
        class_name="member",
        id=member.id,
        key=member.id,
    )


def _invitations() -> rx.Component:
    return card(
        "Invitations",
        rx.cond(
            Business.invitations,
            table(
                ["Email", "Role", "Sent", "#"],
                rx.foreach(Business.invitations, _invitation),
                label="Invitations",
                fits=560,
            ),
            empty("No open invitations", "People you invite are listed here until they join."),
        ),
        about="Each link works once and expires after 7 days.",
        flush=True,
        anchor="invitations",
        words="pending resend withdraw",
    )


def _invitation(invitation: ObjectVar[InvitationView]) -> rx.Component:
    named = f"{invitation.id}-email"
    return rx.el.tr(
        rx.el.td(
            rx.el.b(invitation.email, id=named),
            " ",
            rx.cond(invitation.expired, badge("Expired", "warn")),
            rx.el.div("Invited by ", invitation.by, class_name="hint"),
        ),
        rx.el.td(invitation.role),
        rx.el.td(ago(invitation.sent), custom_attrs={"data-before": "sent"}),
        rx.el.td(
            rx.cond(
                invitation.mine,
                rx.fragment(
                    button(
                        "Resend",
                        look="ghost",
                        on_click=Business.send_again(invitation.id),
                        answered=Business.answered,
                        aria_describedby=named,
                    ),
                    button(
                        "Withdraw",
                        look="danger",
                        on_click=Business.ask("withdraw", invitation.id),
                        aria_describedby=named,
                    ),
                ),
            ),
            class_name="num",
        ),
        key=invitation.id,
    )
