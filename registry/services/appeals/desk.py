"""What the use cases of appeals need besides the session, and how what is said in an appeal is sealed."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from registry.crypto.sealed import (
    KEY_BYTES,
    NONCE_BYTES,
    appeal_context,
    appeal_key_context,
    seal,
    unseal,
    unwrap_key,
    wrap_key,
)
from registry.domain import deadlines
from registry.domain.appeal_case import Case
from registry.domain.policy import Policy
from registry.domain.uuids import uuid7
from registry.errors import NotFound
from registry.letters.compose import Letter
from registry.letters.parts import Part
from registry.services.trail import Trail
from registry.store import appeal_cases
from registry.store.appeals import Appeal
from registry.store.reports import Report

# What lists ask for, beside the tree of the case.
_SHOWN = (
    *("state", "proved_at", "admitted_at", "asked_at", "decided_at", "told_at"),
    *("holder", "flag_only", "result", "evidence"),
)
REASONS, MESSAGE, STATEMENT, LETTER = "reasons", "message", "statement", "letter"


@dataclass(frozen=True, slots=True)
class AppealKeys:
    """What wraps the data key of each appeal, 32 bytes."""

    wrapping: bytes = field(repr=False)

    @classmethod
    def derive(cls, appeals: bytes) -> "AppealKeys":
        """Derive it from the key of that name (RFC 5869, expand only: the input is uniform)."""
        return cls(HKDFExpand(SHA256(), 32, b"registry/appeal-kek/v1").derive(appeals))


@dataclass(frozen=True, slots=True)
class Desk:
    """What this process works on appeals with.

    Args:
        policies: the packs by name.
        trail: writes the audit entries.
        entropy: returns so many random bytes.
        keys: of the appeals.
        portal: where a person reads on, for letters.
        signing_time: real time, in which members' keys live.
    """

    policies: Mapping[str, Policy]
    trail: Trail
    entropy: Callable[[int], bytes]
    keys: AppealKeys
    portal: str
    signing_time: Callable[[], datetime]

    def new_id(self, now: datetime) -> UUID:
        """Make an id."""
        return uuid7(int(now.timestamp() * 1000), self.entropy(10))

    def new_key(self, appeal_id: UUID) -> bytes:
        """Make the data key of an appeal and return it wrapped: destroying that destroys all that is said in it."""
        random = self.entropy(NONCE_BYTES + KEY_BYTES)
        context = appeal_key_context(appeal_id.bytes)
        return wrap_key(self.keys.wrapping, random[:NONCE_BYTES], random[NONCE_BYTES:], context)

    def seal(self, appeal: Appeal, part: str, part_id: UUID, text: str) -> bytes:
        """Seal a text of an appeal."""
        context = appeal_context(appeal.id.bytes, part, part_id.bytes)
        return seal(self._data_key(appeal), self.entropy(NONCE_BYTES), text.encode(), context)

    def open(self, appeal: Appeal, part: str, part_id: UUID, sealed: bytes) -> str:
        """Open a text of an appeal. NotFound `appeal_forgotten` once its key is gone."""
        context = appeal_context(appeal.id.bytes, part, part_id.bytes)
        return unseal(self._data_key(appeal), sealed, context).decode()

    def case(self, appeal: Appeal, report: Report, *, other_open: bool = False) -> Case:
        """Rebuild the case of an appeal beside its record as it is now; what is forgotten has no reasons."""
        texts: dict[str, str] = {}
        if appeal.sealed_reasons is not None and appeal.wrapped_key is not None:
            texts = json.loads(self.open(appeal, REASONS, appeal.id, appeal.sealed_reasons))
        case = appeal_cases.read(appeal.turns, texts, report)
        return replace(case, other_open=other_open)

    def kept(self, appeal: Appeal, case: Case, report: Report, *, now: datetime) -> Appeal:
        """Return the row of an appeal whose case is this now."""
        texts = appeal_cases.reasons(case)
        policy = self.policies[report.policy]
        return replace(
            appeal,
            **{name: getattr(case, name) for name in _SHOWN},
            turns=appeal_cases.write(case),
            sealed_reasons=self.seal(appeal, REASONS, appeal.id, json.dumps(texts)) if texts else None,
            next_due_at=deadlines.due_at(case, policy),
            wake_at=deadlines.wake_at(case, policy, now),
            changed_at=now,
        )

    def letter(self, appeal: Appeal, letter_id: UUID, sealed: bytes) -> Letter:
        """Open a letter."""
        found: dict[str, Any] = json.loads(self.open(appeal, LETTER, letter_id, sealed))
        parts = tuple(Part(one["heading"], tuple(one["paragraphs"])) for one in found["parts"])
        return Letter(**found | {"parts": parts})

    def sealed_letter(self, appeal: Appeal, letter_id: UUID, letter: Letter) -> bytes:
        """Seal a letter."""
        return self.seal(appeal, LETTER, letter_id, json.dumps(asdict(letter)))

    def _data_key(self, appeal: Appeal) -> bytes:
        if appeal.wrapped_key is None:
            raise NotFound("appeal_forgotten")
        return unwrap_key(self.keys.wrapping, appeal.wrapped_key, appeal_key_context(appeal.id.bytes))
