"""A key operator: checks the member itself, keeps its own quota, evaluates and proves (tokens.md, section 2).

It never sees an identifier, and the registry never sees its keys. Here it is the only one, 1 of 1: whoever holds this
directory and the registry's store can find out whose tokens those are. It says so wherever it can be heard.
"""

import json
import secrets
from collections.abc import Sequence
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from typing import Any

from registry.clock import Clock
from registry.crypto import oprf
from registry.errors import Malformed, Unauthenticated
from registry.keyholder import files, keys, members
from registry.keyholder.keys import Keyring
from registry.keyholder.members import Roll
from registry.keyholder.meter import WINDOW, Meter
from registry_formats import evaluation, sodium
from registry_formats.errors import FormatError
from registry_formats.evaluation import Answer, Request

NOTICE = "1 of 1: single key operator"

enrol = members.enrol
withdraw = members.withdraw


def init(
    directory: Path, realm: str, *, epochs: Sequence[int], now: datetime, operator: str = "operator-1"
) -> dict[str, Any]:
    """Create an operator's secrets and its first manifest; return the signed manifest."""
    files.make_private(directory)
    with files.claim(directory):
        keys.create(directory, realm, operator, epochs=epochs)
        return Keyring(directory).manifest(int(now.timestamp()))


def public_key(directory: Path) -> tuple[str, bytes]:
    """Return the operator's name and public key (Ed25519, 32 bytes). Misconfigured `operator_missing`."""
    ring = Keyring(directory)
    return ring.operator, ring.public.public_bytes_raw()


def open_epoch(directory: Path, epoch: int, *, now: datetime) -> dict[str, Any]:
    """Open an epoch while the operator is stopped; return the new signed manifest."""
    with files.claim(directory):
        keys.open_epoch(directory, epoch)
        return Keyring(directory).manifest(int(now.timestamp()))


def destroy_epoch(directory: Path, epoch: int, *, now: datetime) -> dict[str, Any]:
    """Destroy an epoch's keys for ever while the operator is stopped; return the new signed manifest."""
    with files.claim(directory):
        keys.destroy_epoch(directory, epoch)
        return Keyring(directory).manifest(int(now.timestamp()))


class Operator:
    """One running operator; alone on its directory. Methods block, and belong in worker threads."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        keys.refuse_missing(directory)
        with ExitStack() as held:
            held.enter_context(files.claim(directory))
            self._clock = clock
            self._started = clock()
            self._ring = Keyring(directory)
            self._roll = Roll(directory)
            self._meter = held.enter_context(closing(Meter(directory, self._started)))
            self._held = held.pop_all()

    def close(self) -> None:
        """Let go of the directory."""
        self._held.close()

    def evaluate(self, body: bytes) -> dict[str, Any]:
        """Answer a signed request; the errors are those of tokens.md, section 2, by code."""
        now = self._clock()
        request = _parse(body)
        member = self._roll.find(request.member)
        try:
            request.check(self._ring.realm, member.key)
        except FormatError as error:
            raise Unauthenticated(error.code) from None
        self._check_time(request, now)
        pair = self._ring.pair(request.key_id)
        self._meter.charge(member, request, now)
        evaluated = oprf.blind_evaluate(pair.secret, request.blinded)
        nonce = sodium.reduce(secrets.token_bytes(sodium.UNIFORM))
        proof = oprf.prove(pair, request.blinded, evaluated, nonce=nonce)
        return Answer(self._ring.operator, request.key_id, tuple(evaluated), proof).to_json()

    def manifest(self) -> dict[str, Any]:
        """Return the signed manifest in force."""
        return self._ring.manifest(int(self._clock().timestamp()))

    def status(self) -> dict[str, Any]:
        """Return what this operator says about itself, first of all that it is alone."""
        return {
            "notice": NOTICE,
            "operator": self._ring.operator,
            "operators": {"threshold": 1, "total": 1},
            "realm": self._ring.realm,
            "epochs": self._ring.epochs,
            "manifest_seq": self.manifest()["manifest"]["seq"],
            "started_at": self._started.isoformat(),
        }

    def _check_time(self, request: Request, now: datetime) -> None:
        at = request.ts_ms / 1000
        # Older than this process: its nonce may have been seen by the one before.
        if abs(at - now.timestamp()) > WINDOW.total_seconds() or at < self._started.timestamp():
            raise Unauthenticated("timestamp_stale")


def _parse(body: bytes) -> Request:
    try:
        return evaluation.parse_request(json.loads(body))
    except FormatError as error:
        raise Malformed(error.code) from None
    except (ValueError, RecursionError):
        raise Malformed("request_malformed") from None
