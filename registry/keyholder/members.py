"""Who may ask this operator: enrolled members with their keys and quotas, re-read when the file changes."""

import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from registry.errors import NotFound, Unauthenticated
from registry.keyholder import files, keys
from registry_formats import base64url, canonical

_NAME = "members.json"


@dataclass(frozen=True, slots=True)
class Member:
    """A member as this operator knows it: it checks the member itself, whatever a gateway says.

    `daily` and `group_daily` are elements per key and UTC day, before the burst.
    """

    id: str
    key: Ed25519PublicKey
    group: str
    daily: int
    group_daily: int


class Roll:
    """The enrolled members, as the file says now."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / _NAME
        self._lock = threading.Lock()
        self._seen: tuple[int, ...] = ()
        self._members: dict[str, Member] = {}

    def find(self, member_id: str) -> Member:
        """Return an enrolled member; `member_unknown` otherwise."""
        with self._lock:
            self._refresh()
            member = self._members.get(member_id)
        if member is None:
            raise Unauthenticated("member_unknown")
        return member

    def _refresh(self) -> None:
        if not self._path.exists():  # nobody is enrolled yet, and nothing ever removes the file
            return
        state = self._path.stat()
        seen = (state.st_ino, state.st_mtime_ns, state.st_size)
        if seen != self._seen:
            self._members = _parse(json.loads(self._path.read_bytes()))
            self._seen = seen


def enrol(directory: Path, member_id: str, public_key: bytes, group: str, daily: int) -> None:
    """Enrol a member, or replace its key, group and quota.

    Args:
        directory: the operator's.
        member_id: ASCII, at most 255 characters.
        public_key: Ed25519, 32 bytes.
        group: its common owner. A group shares the largest quota that any of its members has, so that
            splitting a company does not multiply its quota.
        daily: elements per key and UTC day; a burst of 10 % comes on top.
    """
    Ed25519PublicKey.from_public_bytes(public_key)
    if not 1 <= len(member_id) < 2**8 or not member_id.isascii() or daily < 1:
        raise ValueError("enrolment_invalid")
    entry = {"daily": daily, "group": group, "key": base64url.encode(public_key)}
    _change(directory, member_id, entry)


def withdraw(directory: Path, member_id: str) -> None:
    """Take a member off the roll; its next request is refused. NotFound `member_unknown`."""
    _change(directory, member_id, None)


def _change(directory: Path, member_id: str, entry: dict[str, Any] | None) -> None:
    keys.refuse_missing(directory)
    with files.turn(directory / "members.lock"):
        path = directory / _NAME
        roll = json.loads(path.read_bytes()) if path.exists() else {}
        if roll.pop(member_id, None) is None and entry is None:
            raise NotFound("member_unknown")
        files.write(path, canonical.dumps(roll | ({} if entry is None else {member_id: entry})))


def _parse(roll: dict[str, dict[str, Any]]) -> dict[str, Member]:
    shared: dict[str, int] = {}
    for entry in roll.values():
        shared[entry["group"]] = max(entry["daily"], shared.get(entry["group"], 0))
    return {
        member_id: Member(
            id=member_id,
            key=Ed25519PublicKey.from_public_bytes(base64url.decode(entry["key"])),
            group=entry["group"],
            daily=entry["daily"],
            group_daily=shared[entry["group"]],
        )
        for member_id, entry in roll.items()
    }
