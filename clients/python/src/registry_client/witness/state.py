"""What a witness must never forget: the last checkpoint it cosigned of each log, in SQLite.

The file itself refuses to go back: triggers stop a smaller tree, another root of the same size, and a deletion.
Nothing but a copy put back from a backup can lead it back, so never do that: a witness that has lost its state begins
anew under a new key.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from registry_formats.submissions import origin_hash

_MOST_REFUSED = 1000  # of one log; a log that forks a thousand times is known to fork

_SCHEMA = (
    """CREATE TABLE cosigned (
        hash TEXT PRIMARY KEY, origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL)""",
    """CREATE TRIGGER no_way_back BEFORE UPDATE ON cosigned
        WHEN NEW.hash <> OLD.hash OR NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.root <> OLD.root)
        BEGIN SELECT RAISE(ABORT, 'a witness never goes back'); END""",
    """CREATE TRIGGER no_forgetting BEFORE DELETE ON cosigned
        BEGIN SELECT RAISE(ABORT, 'a witness never forgets'); END""",
    "CREATE TABLE refused (origin TEXT NOT NULL, t_s INTEGER NOT NULL, code TEXT NOT NULL, body BLOB NOT NULL)",
)


@dataclass(frozen=True, slots=True)
class Last:
    """The last checkpoint that was cosigned, of one log; size 0 and no note before the first."""

    size: int = 0
    root: bytes = b""
    note: str = ""


class State:
    """One file. Threads may share it; each turn has it alone.

    Args:
        path: of the file; it is made if it does not exist.
    """

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        # Whatever is committed has reached the disk, and so has the end of its journal.
        self._database.execute("PRAGMA synchronous = EXTRA")
        with self.turn():
            if not self._database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                for statement in _SCHEMA:
                    self._database.execute(statement)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Look and write with nobody in between, other processes included; durable once the block has ended."""
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def last(self, origin: str) -> Last:
        """Return what was cosigned last of a log; within a turn."""
        query = "SELECT size, root, note FROM cosigned WHERE hash = ?"
        row = self._database.execute(query, (origin_hash(origin),)).fetchone()
        return Last(*row) if row else Last()

    def advance(self, origin: str, last: Last) -> None:
        """Remember a checkpoint that is about to be shown as cosigned; within a turn."""
        self._database.execute(
            "INSERT INTO cosigned VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (hash) DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note",
            (origin_hash(origin), origin, last.size, last.root, last.note),
        )

    def note(self, hashed_origin: str) -> str | None:
        """Return the last cosigned checkpoint of the log with this hash."""
        with self._lock:
            query = "SELECT note FROM cosigned WHERE hash = ?"
            row = self._database.execute(query, (hashed_origin,)).fetchone()
        return str(row[0]) if row else None

    def keep_refused(self, origin: str, t_s: int, code: str, body: bytes) -> None:
        """Keep what a log signed and its history refutes: it may prove misconduct."""
        with self.turn():
            kept = "SELECT count(*) FROM refused WHERE origin = ?"
            if self._database.execute(kept, (origin,)).fetchone()[0] < _MOST_REFUSED:
                self._database.execute("INSERT INTO refused VALUES (?, ?, ?, ?)", (origin, t_s, code, body))

    def refused(self) -> list[tuple[str, int, str, bytes]]:
        """List what was kept: origin, time, code, body."""
        with self._lock:
            return self._database.execute("SELECT * FROM refused ORDER BY t_s").fetchall()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()
