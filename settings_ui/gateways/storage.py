"""Files in a local folder or an S3 bucket, through obstore."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from settings_ui.gateways.ports import StorageUnavailable

PATIENCE_S = 5.0
AT_ONCE = 500
PROBE = "probe"
AWAY = (BaseError, OSError, ValueError)


class ObjectStorage:
    """`file:///folder`, or `s3://key:secret@bucket/prefix?region=…&endpoint=…`.

    Without key and secret, S3 uses the AWS_ variables or the machine's role, like Amazon's own tools. A bucket that
    does not respond is given up after about twice `patience_s` seconds.
    """

    def __init__(self, url: str, *, patience_s: float = PATIENCE_S) -> None:
        self._url = url
        self._patience = timedelta(seconds=patience_s)
        self._opened: ObjectStore | None = None

    async def put(self, name: str, data: bytes) -> None:
        """Store the data under the name; raise StorageUnavailable if that fails."""
        try:
            await obstore.put_async(self._store(), name, data)
        except AWAY as error:
            raise _unavailable(error) from error

    async def get(self, name: str) -> bytes | None:
        """Return the data stored under the name, or None; raise StorageUnavailable if that is unknown."""
        try:
            found = await obstore.get_async(self._store(), name)
            return bytes(await found.bytes_async())
        except FileNotFoundError as error:
            _nothing(error)
            return None
        except AWAY as error:
            raise _unavailable(error) from error

    async def delete(self, name: str) -> None:
        """Delete the name; does nothing if it does not exist."""
        try:
            await obstore.delete_async(self._store(), name)
        except FileNotFoundError as error:
            _nothing(error)
        except AWAY as error:
            raise _unavailable(error) from error

    async def trouble(self) -> str:
        """Return why nothing can be stored now, or an empty string: tried with a small file, which is deleted again."""
        try:
            await self.put(PROBE, b"?")
            await self.delete(PROBE)
        except StorageUnavailable as error:
            return str(error)
        return ""

    async def names(self, folder: str, *, before: datetime) -> AsyncIterator[list[str]]:
        """Yield the names in a folder that were stored before this moment; raise StorageUnavailable if it does not
        respond."""
        try:
            async for found in obstore.list(self._store(), prefix=folder, chunk_size=AT_ONCE):
                yield [file["path"] for file in found if file["last_modified"] < before]
        except FileNotFoundError as error:
            _nothing(error)
        except AWAY as error:
            raise _unavailable(error) from error

    def _store(self) -> ObjectStore:
        if self._opened is None:
            parts = urlsplit(self._url)
            self._opened = _bucket(parts, self._patience) if parts.scheme == "s3" else _folder(parts)
        return self._opened


def _nothing(error: FileNotFoundError) -> None:
    """Return if the file does not exist; raise if the bucket does not exist."""
    if "NoSuchBucket" in str(error):
        raise _unavailable(error) from error


def _unavailable(error: Exception) -> StorageUnavailable:
    return StorageUnavailable(f"{type(error).__name__}: {str(error).partition(chr(10))[0][:300]}")


def _folder(parts: SplitResult) -> ObjectStore:
    return LocalStore(unquote(parts.path), mkdir=True)


def _bucket(parts: SplitResult, patience: timedelta) -> ObjectStore:
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    given = {
        "access_key_id": unquote(parts.username or ""),
        "secret_access_key": unquote(parts.password or ""),
        "region": options.get("region", ""),
        "endpoint": options.get("endpoint", ""),
    }
    return S3Store(
        parts.hostname or "",
        prefix=parts.path.strip("/") or None,
        config={name: value for name, value in given.items() if value},  # type: ignore[arg-type]
        client_options={
            "allow_http": given["endpoint"].startswith("http://"),
            "connect_timeout": patience / 2,
            "timeout": patience,
        },
        retry_config={
            "max_retries": 2,
            "retry_timeout": patience,
            "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": patience / 4, "base": 2},
        },
    )
