"""What a member must know before it believes anything the registry says: keys, got once and by another way."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from registry_client.errors import AnswerMalformed
from registry_formats import base64url
from registry_formats.errors import FormatError
from registry_formats.manifest import Pins
from registry_formats.notes import VerifierKey, parse_note, parse_vkey
from registry_formats.trust_policy import TrustPolicy, parse_policy

_SHARD = re.compile(r"[0-9]{4}h[12]\.[1-9][0-9]{0,8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Trust:
    """The pinned keys of one registry.

    Pin what the operator handed over when the member was admitted, compared by voice or on paper. Keys that arrive on
    the same connection as the answers they vouch for vouch for nothing.

    Args:
        realm: the registry's name, part of every token and of every log's name.
        receipt_vkeys: keys that sign receipts, as vkeys (C2SP signed-note); two while one replaces the other.
        log_vkeys: keys that sign checkpoints, as vkeys; the half-year in their name does not matter.
        operators: key operators by name, each with its Ed25519 public key (base64url of 32 bytes).
        threshold: how many operators must agree.
        witness_policy: a trust policy (C2SP tlog-policy) that says which witnesses must have cosigned a checkpoint
            before a proof counts; empty for none, and then nobody else vouches that all are shown the same log.
    """

    realm: str
    receipt_vkeys: tuple[str, ...]
    log_vkeys: tuple[str, ...]
    operators: Mapping[str, str]
    threshold: int = 1
    witness_policy: str = ""

    def __post_init__(self) -> None:
        """Refuse what would trust nobody or cannot be read.

        Raises:
            FormatError: `trust_incomplete`, `vkey_malformed`, `operator_key_malformed`, `policy_malformed`.
        """
        if not (self.realm and self.receipt_vkeys and self.log_vkeys and self.operators):
            raise FormatError("trust_incomplete")
        _ = self.receipt_keys, self._log_publics, self.pins, self.policy

    @classmethod
    def from_discovery(cls, document: Mapping[str, Any], operators: Mapping[str, str] | None = None) -> "Trust":
        """SANDBOX ONLY. Believe the keys that the registry itself shows at `/.well-known/registry`.

        WHOEVER STANDS BETWEEN YOU AND THE REGISTRY, THE REGISTRY INCLUDED, CAN THEN SHOW YOU KEYS OF THEIR OWN, AND
        EVERY RECEIPT, PROOF AND TOKEN CHECKED WITH THEM IS WORTH NOTHING. A registry that holds records about people
        (`livemode`) is refused with `trust_must_be_pinned`; pin its keys instead.

        Args:
            document: the parsed JSON of `/.well-known/registry`.
            operators: the key operators, where the document does not name them.
        """
        if document.get("livemode") is not False:
            raise FormatError("trust_must_be_pinned")
        try:
            named = operators if operators is not None else document["operators"]
            return cls(_word(document["realm"]), (document["receipt_key"],), tuple(document["log_keys"]), dict(named))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise AnswerMalformed("discovery_malformed") from None

    @property
    def receipt_keys(self) -> tuple[VerifierKey, ...]:
        """The keys that receipts are checked with."""
        return tuple(parse_vkey(vkey) for vkey in self.receipt_vkeys)

    @property
    def policy(self) -> TrustPolicy | None:
        """Who must have cosigned; None for nobody."""
        return parse_policy(self.witness_policy) if self.witness_policy else None

    @property
    def pins(self) -> Pins:
        """What a key manifest is checked with."""
        return Pins(self.realm, {name: _operator_key(text) for name, text in self.operators.items()}, self.threshold)

    def log_keys(self, origin: str) -> tuple[VerifierKey, ...]:
        """Give the keys for one shard of this registry's log; `checkpoint_origin` for a log that is not its own."""
        prefix, shard = f"{self.realm}/audit/", origin.removeprefix(f"{self.realm}/audit/")
        if not origin.startswith(prefix) or not _SHARD.fullmatch(shard):
            raise FormatError("checkpoint_origin")
        return tuple(VerifierKey(origin, public) for public in self._log_publics)

    @property
    def _log_publics(self) -> tuple[bytes, ...]:
        return tuple(parse_vkey(vkey).public_key for vkey in self.log_vkeys)


def origin_of(checkpoint: str) -> str:
    """Read which log a checkpoint claims to be of; nothing of it is proved yet."""
    return parse_note(checkpoint).text.partition("\n")[0]


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _operator_key(text: str) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(base64url.decode(text, code="operator_key_malformed"))
    except ValueError as error:
        raise FormatError("operator_key_malformed") from error
