"""The production server, started as an operator would start it, on its own port and database."""

import contextlib
import ctypes
import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from sqlmodel import col, select

from settings_ui.config import ROOT
from settings_ui.models import ApiKey, OutgoingMail, PayoutDestination, TopUp
from settings_ui.services.kit.database import Database
from tests.e2e.place import Place
from tests.e2e.snapshot import Snapshot
from tests.ports import free_port

START_WITHIN_S = 110
SECRET = "only-for-the-tests-of-this-checkout"


class Server:
    """`python -m settings_ui serve` in DEMO mode, with its database, mail and log."""

    def __init__(
        self,
        place: Place,
        folder: Path,
        *,
        database_url: str = "",
        redis_url: str = "",
        workers: int = 1,
        lived_in: bool = False,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.origin = place.origin
        self._mail = folder / "mail"
        self._log = folder / "log"
        database_url = database_url or f"sqlite:///{folder / 'settings.db'}"
        self.database = Database(database_url)
        self._lived_in = lived_in
        self.sandbox = f"http://127.0.0.1:{(sandbox_port := free_port())}"
        self._environment = os.environ | {
            "SANDBOX_PORT": str(sandbox_port),
            "SANDBOX_STATE": str(folder / "sandbox.db"),
            "STRIPE_SECRET_KEY": "",
            "DEMO": "1",
            "PORT": str(place.port),
            "APP_URL": "",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "WORKERS": str(workers),
            "SECRET_KEY": SECRET,
            "SMTP_URL": "",
            "STORAGE_URL": f"file://{folder / 'storage'}",
            "MAIL_DIR": str(self._mail),
            "REFLEX_WEB_WORKDIR": str(place.pages),
            "PYTHONUNBUFFERED": "1",
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._seeded: Snapshot | None = None
        self._broken = ""

    def start(self) -> None:
        """Start the server and return once it answers; a no-op if it is running."""
        if self._process:
            return
        assert not self._broken, f"the server does not start:\n{self._broken}"
        if not self._seeded:
            self._seed()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "settings_ui", "serve"],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_its_parent,
            )
        deadline = time.monotonic() + START_WITHIN_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop(at_once=True)
                self._broken = self.log()[-3000:]
                raise AssertionError(f"the server did not start:\n{self._broken}")
            time.sleep(0.05)
        if not self._seeded:
            self.operator("reconcile-billing")  # otherwise a job does, and refreshes windows mid-test
            self._seeded = Snapshot.of(self.database)

    def _seed(self) -> None:
        """Seed the demo: as on the first day, or with three months of use if `lived_in`."""
        kind = "lived-in" if self._lived_in else "first-day"
        done = subprocess.run(
            [sys.executable, "-m", "tests.e2e.seeding", kind],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]

    def stop(self, *, at_once: bool = False) -> None:
        """Stop it gracefully, or `at_once` as in a power failure; a no-op if it is not running."""
        if not self._process:
            return
        if not at_once:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(15)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def close(self) -> None:
        """Stop it and close its database."""
        self.stop()
        self.database.close()

    @property
    def pid(self) -> int:
        """The id of its process, the workers' parent."""
        assert self._process
        return self._process.pid

    def restore(self) -> None:
        """Restore the seeded data."""
        assert self._seeded
        if self._lived_in:
            self._await_quiet()
        self._seeded.restore(self.database)

    def _await_quiet(self, quiet_s: float = 1) -> None:
        """Wait until the sandbox has delivered its events: restoring would delete rows that a handler still needs."""
        size, since = self.log_size(), time.monotonic()
        while time.monotonic() - since < quiet_s:
            time.sleep(0.05)
            if (now := self.log_size()) != size:
                size, since = now, time.monotonic()

    def log(self, since: int = 0) -> str:
        """Return the log from this byte offset on."""
        return self._log.read_bytes()[since:].decode(errors="replace")

    def await_log(self, words: str, *, since: int, within_s: float = 15) -> None:
        """Wait until the log contains these words after this byte offset."""
        deadline = time.monotonic() + within_s
        while words not in self.log(since):
            assert time.monotonic() < deadline, self.log(since)
            time.sleep(0.02)

    def log_size(self) -> int:
        """Return the log's size in bytes."""
        return self._log.stat().st_size

    def operator(self, *words: str) -> str:
        """Run an operator command on its database and return the output."""
        command = [sys.executable, "-m", "settings_ui", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self._environment, capture_output=True, text=True, timeout=30, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def mail(self, recipient: str, subject: str) -> EmailMessage:
        """Return the latest mail to this recipient whose subject contains these words, once it has been sent."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            with self.database.read() as session:
                found = session.exec(
                    select(OutgoingMail)
                    .where(OutgoingMail.recipient == recipient, col(OutgoingMail.subject).contains(subject))
                    .order_by(col(OutgoingMail.created_at).desc())
                ).first()
            if found and (file := self._mail / f"{found.id}.eml").is_file():
                mail = message_from_bytes(file.read_bytes(), policy=policy.default)
                assert isinstance(mail, EmailMessage)
                return mail
            time.sleep(0.05)
        raise AssertionError(f"no mail to {recipient} about {subject}")

    def link(self, recipient: str, subject: str) -> str:
        """Return the URL in that mail."""
        found = re.search(rf"{re.escape(self.origin)}\S+", self.mail(recipient, subject).get_content())
        assert found, "no link in the mail"
        return found.group(0)

    def let_time_pass(self, **by: float) -> None:
        """Age every payout destination and API key, for example let_time_pass(hours=73)."""
        with self.database.write() as session:
            for key in session.exec(select(ApiKey)):
                key.created_at -= timedelta(**by)
                key.expires_at = key.expires_at and key.expires_at - timedelta(**by)
            for row in session.exec(select(PayoutDestination)):
                row.created_at -= timedelta(**by)
                row.effective_at -= timedelta(**by)

    def sandbox_control(self, deed: str, **values: object) -> None:
        """Call the control API of the sandbox that stands in for Stripe."""
        headers = {"Content-Type": "application/json"}
        request = Request(f"{self.sandbox}/_sandbox/{deed}", json.dumps(values).encode(), headers)
        with urlopen(request, timeout=10) as answer:
            assert answer.status == 200

    def latest_payment(self) -> str:
        """Return the latest successful payment."""
        with self.database.read() as session:
            paid = select(TopUp.payment).where(TopUp.state == "succeeded").order_by(col(TopUp.created_at).desc())
            return str(session.exec(paid).first())

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.origin}/health", timeout=2) as answer:
                return answer.status == 200
        except (URLError, OSError):
            return False


def _end_with_its_parent() -> None:
    """Where the OS supports it, a killed test run leaves no server behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
