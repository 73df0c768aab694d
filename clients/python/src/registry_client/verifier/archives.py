"""The files of an export, out of its tar or out of the directory it was unpacked to; nothing is unpacked here."""

import tarfile
from pathlib import Path

from registry_client.verifier.copies import Unusable
from registry_client.verifier.findings import Fault, Finding
from registry_client.verifier.sources import Directory, Source, SourceUnreadable


class Tar:
    """A tar, read at the places that its own headers name.

    Args:
        path: of the file.

    Attributes:
        fault: what is wrong with the tar itself; the files before it are readable.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places: dict[str, tuple[int, int]] = {}
        self.fault: Fault | None = None
        try:
            self._index()
        except tarfile.ReadError:  # among them a header that is not whole
            self.fault = Fault(Finding.FILE_CUT, place=path.name)
        except OSError as error:
            self.fault = Fault(Finding.UNREACHABLE, place=path.name, detail=type(error).__name__)

    @property
    def name(self) -> str:
        """The path."""
        return str(self._path)

    def read(self, path: str, most: int) -> bytes | None:
        """Return a file, cut after `most` + 1 bytes; None if there is none."""
        start, size = self._places.get(path, (0, -1))
        if size < 0:
            return None
        try:
            with self._path.open("rb") as file:
                file.seek(start)
                return file.read(min(size, most + 1))
        except OSError as error:
            raise SourceUnreadable(type(error).__name__) from error

    def listed(self, path: str) -> list[str]:
        """Name the files in a directory."""
        prefix = f"{path}/"
        return [name.removeprefix(prefix) for name in self._places if name.startswith(prefix)]

    def _index(self) -> None:
        with tarfile.open(self._path, "r:") as tar:
            for member in tar:
                tar.members = []  # type: ignore[attr-defined] # or it keeps all it has seen
                if not member.isreg():
                    continue
                if member.name in self._places:
                    # Which of the two is meant would depend on who reads.
                    self.fault = Fault(Finding.FILE_REPEATED, place=member.name)
                    return
                self._places[member.name] = member.offset_data, member.size


class Below:
    """The files of a source below one of its directories."""

    def __init__(self, source: Source, prefix: str) -> None:
        self._source = source
        self._prefix = prefix

    @property
    def name(self) -> str:
        """The directory, without what it is in."""
        return self._prefix

    def read(self, path: str, most: int) -> bytes | None:
        """Return a file, cut after `most` + 1 bytes; None if there is none."""
        return self._source.read(f"{self._prefix}/{path}", most)

    def listed(self, path: str) -> list[str]:
        """Name the files in a directory."""
        return self._source.listed(f"{self._prefix}/{path}")


def open_archive(path: Path) -> tuple[Source, Fault | None]:
    """Open an export, and say what is wrong with it as a file."""
    if path.is_dir():
        return Directory(path), None
    tar = Tar(path)
    return tar, tar.fault


def fetch(source: Source, path: str, most: int) -> bytes:
    """Read a whole file; `Unusable` if it is missing or longer than it may be."""
    try:
        data = source.read(path, most)
    except SourceUnreadable as error:
        raise Unusable(Fault(Finding.UNREACHABLE, place=path, detail=error.code)) from error
    if data is None:
        raise Unusable(Fault(Finding.FILE_MISSING, place=path))
    if len(data) > most:
        raise Unusable(Fault(Finding.FILE_LENGTH, place=path))
    return data
