"""Raw uploads in the request body, limited in size while they arrive, and in number per person."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.requests import Request

from settings_ui.domain.access import Person
from settings_ui.domain.errors import TooLarge, TooMany

MOST_AT_ONCE = 20
"""Per person and process: each file is held in memory until it is complete, however slowly it arrives."""
_under_way: Counter[str] = Counter()


@contextmanager
def place(person: Person) -> Iterator[None]:
    """Reserve one of the person's upload slots while a file is read and processed; raise TooMany if none is free."""
    if _under_way[person.user_id] >= MOST_AT_ONCE:
        raise TooMany(
            f"{MOST_AT_ONCE} of your files are being uploaded. Wait until one has finished.", retry_after_s=10
        )
    _under_way[person.user_id] += 1
    try:
        yield
    finally:
        _under_way[person.user_id] -= 1
        if not _under_way[person.user_id]:
            del _under_way[person.user_id]


async def whole(request: Request, most: int, too_large: Callable[[], TooLarge]) -> bytes:
    """Return the body; raise `too_large` as soon as it exceeds `most` bytes, ClientDisconnect if the client
    disconnects."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > most:
            raise too_large()
    return bytes(data)
