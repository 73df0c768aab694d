"""The secrets of one key operator: a seed for each epoch, its signing key, and the manifest that commits to them.

One seed per epoch, so that an epoch ends by destroying a file: nothing that is left can compute its tokens again.
"""

import json
import secrets
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from registry.crypto import oprf
from registry.errors import Conflict, Misconfigured
from registry.keyholder import files
from registry_formats import canonical, cfr1, manifest
from registry_formats.cfr1 import FLOOR, Kind
from registry_formats.manifest import Key, Manifest

_LIFETIME = 30 * 24 * 3600  # seconds
_RENEWAL = 15 * 24 * 3600
_SKEW = 300  # how far a member's clock may be behind ours
_SINGLE = 1  # threshold, number and index of the one operator


def create(directory: Path, realm: str, operator: str, *, epochs: Sequence[int]) -> None:
    """Draw the secrets of a new operator; refuse a directory that has some already."""
    if (directory / "realm.json").exists():
        raise Misconfigured("operator_exists", "this directory already holds an operator's keys")
    for epoch in epochs:
        cfr1.key_info(realm, epoch, Kind.PHONE)  # refuses what no token can carry, before anything is written
    files.make_private(directory / "seeds")
    files.write(directory / "operator.key", secrets.token_bytes(32))
    for epoch in epochs:
        files.write(_seed_path(directory, epoch), secrets.token_bytes(32))
    files.write(directory / "realm.json", canonical.dumps({"operator": operator, "realm": realm}))


def refuse_missing(directory: Path) -> None:
    """Refuse a directory that holds no operator yet. Misconfigured `operator_missing`."""
    if not (directory / "realm.json").exists():
        raise Misconfigured("operator_missing", f"Run `registry keyholder init`; no operator is in {directory}.")


def open_epoch(directory: Path, epoch: int) -> None:
    """Draw the seed of another epoch; the next manifest names its keys."""
    cfr1.key_info("realm", epoch, Kind.PHONE)  # refuses a number that no token can carry
    if _seed_path(directory, epoch).exists():
        raise Misconfigured("epoch_exists", f"epoch {epoch} is open already")
    files.write(_seed_path(directory, epoch), secrets.token_bytes(32))


def destroy_epoch(directory: Path, epoch: int) -> None:
    """Destroy the seed of an epoch: its tokens can never be computed again, by anyone."""
    path = _seed_path(directory, epoch)
    if not path.exists():
        raise Misconfigured("epoch_unknown", f"epoch {epoch} is not open")
    path.unlink()
    files.sync_directory(path.parent)


class Keyring:
    """The loaded secrets: keys by their id, and the manifest in force. Misconfigured `operator_missing`."""

    def __init__(self, directory: Path) -> None:
        refuse_missing(directory)
        settings = json.loads((directory / "realm.json").read_bytes())
        self.realm: str = settings["realm"]
        self.operator: str = settings["operator"]
        self._signer = Ed25519PrivateKey.from_private_bytes(files.read_secret(directory / "operator.key"))
        self._path = directory / "manifest.json"
        self._lock = threading.Lock()
        self._pairs: dict[bytes, oprf.KeyPair] = {}
        self._keys: tuple[Key, ...] = ()
        for path in sorted((directory / "seeds").glob("*.seed")):
            self._derive(int(path.stem), files.read_secret(path))
        self._current = self._stored()

    @property
    def public(self) -> Ed25519PublicKey:
        """The key that members pin."""
        return self._signer.public_key()

    @property
    def epochs(self) -> list[int]:
        """The live epochs, oldest first."""
        return sorted({key.epoch for key in self._keys})

    def pair(self, key_id: bytes) -> oprf.KeyPair:
        """Return the key of this id; `key_unknown` when no live epoch has it."""
        pair = self._pairs.get(key_id)
        if pair is None:
            raise Conflict("key_unknown")
        return pair

    def manifest(self, now: int) -> dict[str, Any]:
        """Return the signed manifest in force at `now` (seconds since 1970); sign its successor when it is due."""
        with self._lock:
            current = self._current
            if current is None or current.keys != self._keys or now > current.not_after - _RENEWAL:
                current = Manifest(
                    realm=self.realm,
                    seq=1 if current is None else current.seq + 1,
                    prev=None if current is None else current.hash,
                    not_before=now - _SKEW,
                    not_after=now + _LIFETIME,
                    keys=self._keys,
                )
                # Durable before it is shown: two manifests of one number would look like a fork to every member.
                files.write(self._path, canonical.dumps(self._sign(current)))
                self._current = current
            return self._sign(current)

    def _derive(self, epoch: int, seed: bytes) -> None:
        for kind in sorted(Kind):
            pair = oprf.derive_key_pair(seed, cfr1.key_info(self.realm, epoch, kind))
            key_id = cfr1.key_id(self.realm, epoch, kind, cost=FLOOR, public=pair.public)
            self._pairs[key_id] = pair
            self._keys += (Key(kind, epoch, key_id, pair.public, _SINGLE, {_SINGLE: pair.public}, FLOOR),)

    def _stored(self) -> Manifest | None:
        if not self._path.exists():
            return None
        return manifest.parse(json.loads(self._path.read_bytes()))[0]

    def _sign(self, value: Manifest) -> dict[str, Any]:
        return manifest.envelope(value, {self.operator: manifest.sign(value, self._signer)})


def _seed_path(directory: Path, epoch: int) -> Path:
    return directory / "seeds" / f"{epoch:05}.seed"
