"""Our changes to the front end that Reflex generates."""

import json
import re
from pathlib import Path
from typing import Any, ClassVar

import reflex as rx
from reflex.utils.exec import is_prod_mode

from settings_ui.config import config

OURS = "    // Added by settings_ui/front_end.*?// The end of what was added\n"


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
        """Add the groups to Vite's configuration; in development, modules are served individually anyway."""
        context["add_modify_task"]("vite.config.js", self._add_groups)

    def _add_groups(self, vite: str) -> str:
        ours = "".join(
            f'            {{ name: "{name}", test: {test}, priority: {len(self.GROUPS) - n} }},\n'
            for n, (name, test) in enumerate(self.GROUPS.items())
        )
        return vite if ours in vite else vite.replace("groups: [\n", f"groups: [\n{ours}", 1)


class EarlyState(rx.plugins.Plugin):
    """Requests the page's state while React hydrates, instead of after it.

    Reflex opens the socket as soon as its modules have loaded, but requests the state only when the page has mounted.
    Requested earlier, the answer arrives by the time the page is ready. It is the same request over the same socket, so
    the guard sees no difference. If Reflex's script looks different, it is left unchanged, and the page just requests
    the state later.
    """

    OPENS = """    warmSocket.io.open((error) => {
      if (error) discardWarmSocket();
    });
"""
    CONNECTS = "  socket.current.connect();\n};\n"
    MOUNTED = "  socket.current.mounted ? socket.current.mounted() : socket.current.connect();\n};\n"
    ASKS = Path(__file__).with_name("ask_early.js").read_text()

    def pre_compile(self, **context: Any) -> None:
        """Change the script that opens the socket."""
        context["add_modify_task"]("utils/state.js", self.ask_early)

    def ask_early(self, script: str) -> str:
        """Return Reflex's script with our patch, replacing an older one: Reflex writes the file only once."""
        theirs = re.sub(OURS, "", script, flags=re.DOTALL).replace(self.MOUNTED, self.CONNECTS)
        if theirs.count(self.OPENS) != 1 or theirs.count(self.CONNECTS) != 1:
            return theirs
        return theirs.replace(self.OPENS, self.OPENS + self.ASKS).replace(self.CONNECTS, self.MOUNTED)


class CarriedState(rx.plugins.Plugin):
    """Lets a page begin with a state that its HTML carries, instead of with the compiled defaults.

    The server draws such a page (ADR 32); React then finds in the page what it would draw itself. If Reflex's script
    looks different, it is left unchanged, no page carries a state, and each begins as it was built.
    """

    READS = Path(__file__).with_name("carried_state.js").read_text()
    PATCHES: ClassVar[dict[str, str]] = {
        "useState(() => createStateStore(initialState))": "useState(() => createStateStore(begun()))",
        "(substateName) => initialState[substateName],": "(substateName) => begun()[substateName],",
        "applyDelta(currentState, delta)": "applyDelta(answered(substateName, currentState), delta)",
    }
    """Reflex's words -> ours: what a browser begins with, what the server draws from, what the first answer is added
    to."""
    BEFORE = "// These events are triggered on each client-side page navigation.\n"

    def pre_compile(self, **context: Any) -> None:
        """Change the script that holds the compiled defaults."""
        context["add_modify_task"]("utils/context.jsx", self.begin_carried)

    def begin_carried(self, script: str) -> str:
        """Return Reflex's script with our patch."""
        if any(script.count(theirs) != 1 for theirs in (*self.PATCHES, self.BEFORE)):
            return script
        for theirs, ours in self.PATCHES.items():
            script = script.replace(theirs, ours)
        return script.replace(self.BEFORE, self.READS + self.BEFORE)


class DevelopmentProxy(rx.plugins.Plugin):
    """Lets Vite proxy everything that is not a page to the backend, so that one origin serves all, as in production."""

    def pre_compile(self, **context: Any) -> None:
        """Add the proxy to Vite's configuration, in development only."""
        if not is_prod_mode():
            context["add_modify_task"]("vite.config.js", self._add_proxy)

    def _add_proxy(self, vite: str) -> str:
        from settings_ui.http.app import routes

        # The route's pattern in JavaScript syntax; Vite matches it against the URL with its query.
        ours = [re.sub(r"\(\?P<\w+>", "(", route.path_regex.pattern)[1:-1] for route in routes().routes]  # type: ignore[attr-defined]
        to = {"target": f"http://127.0.0.1:{config().port}"}
        # Only our own socket; Vite has one too, at the root.
        proxy = json.dumps({"^/_event/": {**to, "ws": True}, f"^({'|'.join(['/', *ours])})(\\?|$)": to})
        return vite if proxy in vite else vite.replace("server: {", f"server: {{\n    proxy: {proxy},", 1)
