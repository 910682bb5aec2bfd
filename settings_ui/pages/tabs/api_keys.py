"""Settings → API Keys."""

import reflex as rx
from reflex.vars import ObjectVar

from settings_ui.components.browser import CopyButton
from settings_ui.components.fields import field, select
from settings_ui.components.recent_changes import recent_changes
from settings_ui.components.vocabulary import (
    ago,
    badge,
    button,
    card,
    deed,
    dialog,
    empty,
    form_dialog,
    notice,
    skeleton,
    table,
    var,
)
from settings_ui.config import config
from settings_ui.domain.api_key import MOST_ACTIVE, Grace
from settings_ui.state.api_keys import ACCESS, SECRET_FIELD, ApiKeys
from settings_ui.state.shell import Shell
from settings_ui.state.views.api_keys import KeyView

REFERENCE = "/api/v1/docs"


def api_keys() -> rx.Component:
    """The tab."""
    return rx.cond(
        ApiKeys.loaded,
        rx.fragment(
            _keys(), _first_request(), recent_changes(ApiKeys.changes), _create(), _reveal(), _revoke(), _rotate()
        ),
        skeleton(rows=4),
    )


def _keys() -> rx.Component:
    return card(
        "API keys",
        rx.cond(
            ApiKeys.keys,
            table(
                ["Name", "Key", "Access", "Last used", "#In 24 h", "#"],
                rx.foreach(ApiKeys.keys, _row),
                label="API keys",
                fits=660,
            ),
            empty("No keys yet", "Create one to let a program read and record calls for this business."),
        ),
        about=rx.fragment(
            "Keys act for ",
            Shell.home.name,
            ". ",
            var(ApiKeys.keys).length(),
            f" of {MOST_ACTIVE} active. ",
            rx.cond(ApiKeys.full, "Revoke one to create another. ", ""),
            "A revoked key stops working immediately.",
        ),
        aside=button("Create key", look="primary", on_click=ApiKeys.ask_to_create, disabled=ApiKeys.full),
        form=rx.el.div(
            rx.el.span("Send it as ", rx.el.code("Authorization: Bearer cs_key_…"), class_name="hint"),
            rx.el.a("API reference", href=REFERENCE, target="_blank", class_name="link"),
            class_name="card-foot",
        ),
        flush=True,
        anchor="api-keys",
        words="token secret developer program create revoke rotate",
    )


def _row(key: ObjectVar[KeyView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            rx.el.b(key.name),
            " ",
            rx.cond(key.ends_soon, badge(rx.fragment("Ends ", ago(key.ends)), "warn")),
            rx.el.div(
                key.creator,
                " ·\u00a0",
                ago(key.created),
                rx.cond(key.replaced_by, rx.fragment(" ·\u00a0replaced by ", key.replaced_by)),
                class_name="hint",
            ),
        ),
        rx.el.td(rx.el.code(key.shown)),
        rx.el.td(key.access),
        rx.el.td(
            rx.cond(key.used.iso, ago(key.used), rx.el.span("never used", class_name="muted whitespace-nowrap")),
            custom_attrs={"data-before": rx.cond(key.used.iso, "used", "")},
        ),
        rx.el.td(key.requests, class_name="num", custom_attrs={"data-label": "requests in 24 h"}),
        rx.el.td(
            rx.cond(
                key.replaced_by,
                rx.fragment(),
                button("Rotate", look="ghost", on_click=ApiKeys.ask("rotate", key.id), aria_label=f"Rotate {key.name}"),
            ),
            button("Revoke", look="danger", on_click=ApiKeys.ask("revoke", key.id), aria_label=f"Revoke {key.name}"),
            class_name="num",
        ),
        class_name="key",
        key=key.id,
    )


def _create() -> rx.Component:
    return form_dialog(
        ApiKeys,
        "create",
        "Create a key",
        field(
            "Name",
            name="name",
            anchor="key-name",
            wrong=ApiKeys.errors["name"],
            hint="What will use it, like CRM sync.",
            auto_focus=True,
        ),
        select(
            "Access",
            [(access.value, label) for access, label in ACCESS.items()],
            name="access",
            anchor="key-access",
            hint="Screening keys can only screen and record calls.",
        ),
        field(
            "Expires",
            name="expires",
            anchor="key-expires",
            type="date",
            wrong=ApiKeys.errors["expires"],
            hint="The last day it works. Leave empty for a key that does not expire.",
        ),
        on_submit=ApiKeys.create,
        on_close=ApiKeys.close,
        on_forgotten=ApiKeys.keep_open("create", ""),
        deed="Create key",
    )


def _reveal() -> rx.Component:
    return dialog(
        "Copy your new key",
        rx.el.p(
            "This key is shown only once. Store it with your other secrets.",
            class_name="muted",
        ),
        rx.el.input(
            id=SECRET_FIELD,
            read_only=True,
            default_value="",
            class_name="input secret",
            aria_label="New key",
            auto_complete="off",
            spell_check=False,
        ),
        opened=ApiKeys.dialog == "reveal",
        on_close=ApiKeys.close,
        on_forgotten=ApiKeys.keep_open("reveal", ""),
        on_reloaded=ApiKeys.lose,
        locked=True,
        keeps=True,
        actions=[
            button("I have stored it", on_click=ApiKeys.stored),
            CopyButton.create(target=SECRET_FIELD, class_name="btn primary"),
        ],
    )


def _revoke() -> rx.Component:
    key = ApiKeys.target
    return dialog(
        f"Revoke {key.name}?",
        rx.el.p(
            rx.cond(
                key.evidence,
                rx.fragment("This key made ", rx.el.b(key.evidence), ". The next one will fail. "),
                "Nothing has used this key in the last 24 hours. ",
            ),
            "This cannot be undone.",
        ),
        opened=ApiKeys.dialog == "revoke",
        on_close=ApiKeys.close,
        actions=[
            button("Keep key", on_click=ApiKeys.close),
            rx.cond(key.replaced_by, rx.fragment(), button("Rotate instead", on_click=ApiKeys.ask("rotate", key.id))),
            deed(f"Revoke {key.name}", on_click=ApiKeys.revoke),
        ],
    )


def _rotate() -> rx.Component:
    key = ApiKeys.target
    return form_dialog(
        ApiKeys,
        "rotate",
        f"Rotate {key.name}?",
        select(
            "Grace period",
            rx.cond(
                ApiKeys.full,
                rx.el.option(Grace.NONE.words, value=Grace.NONE.value),
                rx.fragment(*[rx.el.option(grace.words, value=grace.value) for grace in Grace]),
            ),
            name="grace",
            value=rx.cond(ApiKeys.full, Grace.NONE.value, Grace.DAY.value),  # time to replace it, unless they say no
            anchor="key-grace",
            hint=rx.cond(ApiKeys.full, f"All {MOST_ACTIVE} keys are active, so the old one must end now.", ""),
        ),
        field(
            "Expires",
            name="expires",
            anchor="rotated-expires",
            type="date",
            value=key.last_day,
            wrong=ApiKeys.errors["expires"],
            hint="The last day the new key works. Leave empty for a key that does not expire.",
        ),
        about=rx.fragment(
            rx.el.p(
                "You get a new key with the same name and access. Choose how long the old key keeps working while "
                "you replace it.",
                class_name="muted",
            ),
            rx.cond(key.evidence, rx.el.div(notice("The old key made ", key.evidence, "."), class_name="my-3")),
        ),
        on_submit=ApiKeys.rotate,
        on_close=ApiKeys.close,
        on_forgotten=lambda key: ApiKeys.keep_open("rotate", key),
        subject=key.id,
        deed="Rotate key",
    )


def _first_request() -> rx.Component:
    url = config().url("/api/v1/business")
    curl = f'curl {url} \\\n  -H "Authorization: Bearer $SWITCHBOARD_KEY"'
    python = (
        "import os, urllib.request\n\n"
        f'request = urllib.request.Request("{url}")\n'
        'request.add_header("Authorization", f"Bearer {os.environ[\'SWITCHBOARD_KEY\']}")\n'
        "print(urllib.request.urlopen(request).read().decode())"
    )
    return card(
        "First request",
        *[
            rx.el.div(
                rx.el.div(
                    rx.el.b(title),
                    CopyButton.create(
                        target=f"snippet-{title.lower()}", what=f"the {title} example", class_name="btn ghost"
                    ),
                    class_name="snippet-head",
                ),
                rx.el.pre(rx.el.code(code, id=f"snippet-{title.lower()}"), tab_index=0, aria_label=f"{title} example"),
                class_name="snippet",
            )
            for title, code in (("curl", curl), ("Python", python))
        ],
        about=rx.fragment("Asks which business a key acts for. The answer is ", Shell.home.name, "."),
        anchor="first-request",
        words="curl python example snippet",
    )
