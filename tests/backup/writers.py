"""A concurrent writer: pairs of related rows, and a file for each."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlmodel import func, select

from settings_ui.bootstrap import Services
from settings_ui.models import Membership, User
from tests.support import START

LIVES_S = 0.25
"""How long a row references a photo before another replaces it: far longer than a backup takes to scan the folder
again, as in real use, even on a busy machine."""


@contextmanager
def writing(services: Services, business_id: str, storage: Path) -> Iterator[list[int]]:
    """Write continuously inside the block; yields the list of committed numbers once photos are being replaced."""
    done: list[int] = []
    named: deque[tuple[int, float]] = deque()
    stop, replacing = threading.Event(), threading.Event()

    def write() -> None:
        while not stop.is_set():
            number = len(done)
            (storage / f"photo-{number}.webp").write_bytes(b"a photo of %d" % number)
            with services.database.write() as session:
                email = f"writer{number}@example.com"
                session.add(
                    User(
                        id=f"usr_writer{number}",
                        email=email,
                        email_folded=email,
                        name=f"photo-{number}.webp",
                        password_hash="-",
                        password_changed_at=START,
                        created_at=START,
                    )
                )
                session.flush()
                session.add(
                    Membership(
                        id=f"mem_writer{number}",
                        user_id=f"usr_writer{number}",
                        business_id=business_id,
                        role="viewer",
                        pay_per_call_access=True,
                        created_at=START,
                    )
                )
            done.append(number)
            named.append((number, time.monotonic() + LIVES_S))
            if named[0][1] < time.monotonic():  # the old photo's file is deleted once no row references it
                old, _ = named.popleft()
                with services.database.write() as session:
                    session.get_one(User, f"usr_writer{old}").name = "no photo"
                (storage / f"photo-{old}.webp").unlink()
                replacing.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert replacing.wait(30)
        yield done
    finally:
        stop.set()
        writer.join()


def assert_of_one_moment(services: Services, storage: Path, done: list[int], before: int) -> int:
    """Assert that the database is a consistent snapshot taken after `before`, with every file it references; return
    how many pairs had been written by then."""
    with services.database.read() as session:
        users = session.exec(select(func.count()).where(User.id.startswith("usr_writer"))).one()
        members = session.exec(select(func.count()).where(Membership.id.startswith("mem_writer"))).one()
        photos = session.exec(select(User.name).where(User.name.startswith("photo-"))).all()
    assert users == members
    assert before <= users <= len(done) + 1
    assert photos
    for photo in photos:
        number = photo.removeprefix("photo-").removesuffix(".webp")
        assert (storage / photo).read_text() == f"a photo of {number}"
    return users
