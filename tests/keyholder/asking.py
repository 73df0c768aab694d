"""A member's side of the wire and a clock that tests can move."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.keyholder import operator
from registry_formats import evaluation, sodium, voprf
from registry_formats.cfr1 import Kind
from registry_formats.evaluation import Request
from registry_formats.manifest import Key, parse

REALM = "test.cfr.example"
MEMBER = Ed25519PrivateKey.from_private_bytes(b"m" * 32)


@dataclass
class Clock:
    """Time as a test wants it."""

    now: datetime = field(default_factory=lambda: datetime(2026, 11, 21, 12, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **step: float) -> None:
        self.now += timedelta(**step)


def prepare(directory: Path, now: datetime, *, daily: int = 100) -> Key:
    """Make an operator with one member; return the key of phones."""
    envelope = operator.init(directory, REALM, epochs=[1], now=now)
    operator.enrol(directory, "member-1", MEMBER.public_key().public_bytes_raw(), "group-1", daily)
    return parse(envelope)[0].key(1, Kind.PHONE)


def elements(count: int) -> tuple[bytes, ...]:
    return tuple(voprf.blind(b"value", sodium.reduce(secrets.token_bytes(64))) for _ in range(count))


def ask(
    key_id: bytes,
    now: datetime,
    count: int = 1,
    *,
    member: str = "member-1",
    signer: Ed25519PrivateKey = MEMBER,
    realm: str = REALM,
    blinded: Sequence[bytes] = (),
) -> dict[str, Any]:
    """Build a signed request for some elements."""
    at = int(now.timestamp() * 1000)
    request = Request(member, key_id, at, secrets.token_bytes(16), tuple(blinded) or elements(count))
    return evaluation.sign(request, realm, signer).to_json()


async def code(client: httpx.AsyncClient, body: object) -> tuple[int, str | None]:
    """Post a request; return the status and the code of the refusal."""
    answer = await client.post("/v1/evaluate", json=body)
    return answer.status_code, answer.json().get("code")
