"""Requests, responses, and the server.

The server is Python's own: it starts in a tenth of a second, and can close a connection in the middle of a call."""

import os
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sandbox.errors import invalid

LARGEST_BODY = 1_000_000
IDLE_S = 75
SAFE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class Cut(Exception):
    """Close the connection without an answer."""


@dataclass(frozen=True)
class Request:
    """A request. Header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""

    def text(self) -> str:
        """Return the form: the body of a POST, otherwise the query."""
        if self.method != "POST":
            return self.query
        try:
            return self.body.decode()
        except UnicodeDecodeError:
            raise invalid("The body is not valid UTF-8.") from None


@dataclass(frozen=True)
class Response:
    """A response."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Application = Callable[[Request], Response]


class Server(ThreadingHTTPServer):
    """Listens on 127.0.0.1 only, with one thread per connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, application: Application, parent: int | None = None) -> None:
        """`parent`, if given, is the process with which this one ends."""
        self._parent = parent
        self.application = application
        super().__init__(("127.0.0.1", port), _Handler)

    def service_actions(self) -> None:
        """End with the parent, even if it was killed."""
        if self._parent and os.getppid() != self._parent:
            threading.Thread(target=self.shutdown).start()
            self._parent = None

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that disconnected is not an error."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            traceback.print_exc()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Sandbox"
    sys_version = ""
    timeout = IDLE_S
    disable_nagle_algorithm = True
    wbufsize = -1
    server: "Server"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: every call is in the events."""

    def _answer(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not (length.isascii() and length.isdecimal()):
            return self._refuse(411)
        if int(length) > LARGEST_BODY:
            return self._refuse(413)
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            return self._refuse(400)  # a truncated form could mean something else
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            response = self.server.application(Request(self.command, path, query, headers, body))
        except Cut:
            self.close_connection = True
            return None
        return self._send(response)

    def _refuse(self, status: int) -> None:
        self.close_connection = True
        self._send(Response(status))

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in (SAFE | dict(response.headers)).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(response.body)
        self.wfile.flush()
