"""Where the files of a log are read from: a directory, or a server of the same layout (C2SP tlog-tiles)."""

import json
import re
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import httpx

TIMEOUT_SECONDS = 30.0
_SHARD = re.compile(r"[0-9]{4}h[12]\.[1-9][0-9]{0,8}", re.ASCII)
_MOST_SHARDS = 1 << 20


class SourceUnreadable(Exception):
    """Say that a source cannot be read at all, which is not the same as having no such file. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Source(Protocol):
    """Give files by their path in the layout."""

    @property
    def name(self) -> str:
        """How people know it."""

    def read(self, path: str, most: int) -> bytes | None:
        """Return a file, cut after `most` + 1 bytes; None if there is none."""

    def listed(self, path: str) -> list[str]:
        """Name the files in a directory, as far as the source can tell."""


class Directory:
    """Files below a directory."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def name(self) -> str:
        """The path."""
        return str(self._root)

    def read(self, path: str, most: int) -> bytes | None:
        """Return a file, cut after `most` + 1 bytes; None if there is none."""
        try:
            with (self._root / path).open("rb") as file:
                return file.read(most + 1)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            raise SourceUnreadable(type(error).__name__) from error

    def listed(self, path: str) -> list[str]:
        """Name the files in a directory; none if there is none."""
        try:
            return [one.name for one in (self._root / path).iterdir()]
        except OSError:
            return []


class Web:
    """Files below a URL, over one connection.

    Args:
        base: of one shard's files; what comes before `/checkpoint`.
        token: a bearer token, for entry bundles.
        transport: for tests.
    """

    def __init__(self, base: str, token: str = "", transport: httpx.BaseTransport | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._base = base.rstrip("/")
        self._http = httpx.Client(transport=transport, headers=headers, timeout=TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self._http.close()

    @property
    def name(self) -> str:
        """The URL."""
        return self._base

    def read(self, path: str, most: int) -> bytes | None:
        """Return a file, cut after `most` + 1 bytes; None if there is none."""
        try:
            with self._http.stream("GET", f"{self._base}/{path}") as reply:
                if reply.status_code in {httpx.codes.NOT_FOUND, httpx.codes.GONE}:
                    return None
                if reply.status_code != httpx.codes.OK:
                    raise SourceUnreadable(f"http_{reply.status_code}")
                return _first(reply, most + 1)
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise SourceUnreadable(type(error).__name__) from error

    def shards(self) -> list[str]:
        """Ask a registry's `/log` which trees it has; none where the URL is that of one tree."""
        try:
            listed = json.loads(self.read("shards", _MOST_SHARDS) or b"{}")
            names = [str(one["path"]).rpartition("/")[2] for one in listed.get("shards", [])]
        except (ValueError, TypeError, KeyError, AttributeError):
            raise SourceUnreadable("shards_malformed") from None
        if not all(_SHARD.fullmatch(name) for name in names):
            raise SourceUnreadable("shards_malformed")
        return names

    def listed(self, path: str) -> list[str]:  # noqa: ARG002 - the protocol's
        """Name nothing: a server is asked for what the layout says, and not searched."""
        return []


def _first(reply: httpx.Response, most: int) -> bytes:
    taken = bytearray()
    for chunk in reply.iter_bytes():
        taken += chunk
        if len(taken) >= most:
            break
    return bytes(taken[:most])
