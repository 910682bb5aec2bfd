"""The Reflex configuration of the bare app, as in a new project."""

import os

import reflex as rx

PORT = int(os.environ["BARE_PORT"])

config = rx.Config(
    app_name="bare",
    frontend_port=PORT,
    backend_port=PORT,
    api_url=f"http://localhost:{PORT}",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    disable_plugins=[rx.plugins.SitemapPlugin],
    plugins=[rx.plugins.TailwindV4Plugin()],
)
