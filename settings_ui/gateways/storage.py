"""Files in a local folder or an S3 bucket, through obstore."""

import os
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from settings_ui.gateways.ports import StorageUnavailable


class ObjectStorage:
    """`file:///folder` or `s3://bucket/prefix`; S3 takes keys, region and endpoint from the usual AWS_ variables."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opened: ObjectStore | None = None

    async def put(self, name: str, data: bytes) -> None:
        """Keep the data under the name; raise StorageUnavailable if that fails."""
        try:
            await obstore.put_async(self._store(), name, data)
        except (BaseError, OSError) as error:
            raise StorageUnavailable(type(error).__name__) from error

    async def get(self, name: str) -> bytes | None:
        """Return what is kept under the name, or None; raise StorageUnavailable if nobody can tell."""
        try:
            found = await obstore.get_async(self._store(), name)
            return bytes(await found.bytes_async())
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise StorageUnavailable(type(error).__name__) from error

    async def delete(self, name: str) -> None:
        """Forget the name; also fine if there is none."""
        try:
            await obstore.delete_async(self._store(), name)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise StorageUnavailable(type(error).__name__) from error

    def _store(self) -> ObjectStore:
        if self._opened is None:
            self._opened = _open(self._url)
        return self._opened


def _open(url: str) -> ObjectStore:
    parts = urlsplit(url)
    if parts.scheme == "file":
        return LocalStore(unquote(parts.path), mkdir=True)
    plain = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")
    return from_url(url, client_options={"allow_http": plain, "timeout": "20s"})
