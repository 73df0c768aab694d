"""What passes between an API process and its teller: orders once, then questions one way and replies the other.

Everything the API sends is a frame, `u32 length | JSON`: first the orders, then groups of asks. The teller first sends
one byte, that it is ready; then replies, `u32 number | u8 outcome | u32 repeats | u32 length | bytes`. Big-endian.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import IntEnum
from functools import lru_cache
from typing import Any, NamedTuple, Self
from uuid import UUID

import orjson

from registry.domain.access import Caller
from registry.domain.closures import ClosureCase, ExitRight
from registry.domain.events import Act
from registry.domain.ids import IdentifierKind, Purpose
from registry.domain.incidents import QueryToken

READY = b"\x01"
_LENGTH = struct.Struct(">I")
_REPLY = struct.Struct(">IBII")
_PURPOSES = {one.value: one for one in Purpose}
_KINDS = {one.value: one for one in IdentifierKind}


class Kind(IntEnum):
    """What is asked for."""

    ONE = 0  # one claim's score
    BATCH = 1  # many claims' scores, of one member
    CLOSURE = 2  # whether the person of one claim may be shut out


class Outcome(IntEnum):
    """What became of an ask; what follows is the answer's body, or the code of a refusal."""

    TOLD = 0
    REFUSED = 1  # against a rule
    UNAVAILABLE = 2  # nothing durable could be done, and nothing is told
    FAILED = 3  # a defect, which the teller has logged


@dataclass(frozen=True, slots=True)
class Orders:
    """What a teller is started with.

    Args:
        database_url: with its password, so it travels over the socket and not in the arguments of a program.
        pool: connections to the database.
        keys_dir: where the registry's keys are.
        receipts: the name that receipts are signed under.
        livemode: the records are about people.
        log_level: of this process.
        master_key: where the key is that wraps all others; None for the file beside the other keys.
        test_clock: the file that moves a sandbox's clock.
    """

    database_url: str
    pool: int
    keys_dir: str
    receipts: str
    livemode: bool
    log_level: str
    master_key: str | None = None
    test_clock: str | None = None

    def __repr__(self) -> str:
        """Keep the password out of logs and tracebacks."""
        return "Orders(…)"

    def frame(self) -> bytes:
        """Write them down."""
        return frame(asdict(self))

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Read them."""
        return cls(**orjson.loads(body))


class Question(NamedTuple):
    """One claim's question, as the API has read and checked it."""

    act: Act
    caller: Caller
    purpose: Purpose
    claim_text: str
    tokens: tuple[QueryToken, ...]
    request_sha256: str

    def plain(self) -> tuple[Any, ...]:
        """Write it as what JSON can hold; the digest of the body travels once for all of a request."""
        act, caller = self.act, self.caller
        return (
            act.now,
            act.request_id,
            act.address,
            caller.member_id.hex,
            caller.group_id.hex,
            caller.policy,
            caller.key_id,
            self.purpose,
            self.claim_text,
            [(token.kind, token.epoch, token.stored.hex()) for token in self.tokens],
        )

    @classmethod
    def of(cls, plain: Sequence[Any], request_sha256: str) -> Self:
        """Read it."""
        at, request_id, address, member, group, policy, key_id, purpose, claim, tokens = plain
        caller = _caller(member, group, policy, key_id)
        return cls(
            Act(datetime.fromisoformat(at), request_id, caller, address=address),
            caller,
            _PURPOSES[purpose],
            claim,
            tuple([QueryToken(_KINDS[kind], epoch, bytes.fromhex(stored)) for kind, epoch, stored in tokens]),
            request_sha256,
        )


def plain_case(case: ClosureCase) -> tuple[Any, ...]:
    """Write what a member brings to the closure gate as what JSON can hold."""
    held, until = sorted(case.exit_rights), case.valid_until.isoformat()
    return case.own_finding, case.decision_maker, case.reasons_sent, held, until


def case_of(plain: Sequence[Any]) -> ClosureCase:
    """Read it."""
    own_finding, decision_maker, reasons_sent, held, until = plain
    rights = frozenset(map(ExitRight, held))
    return ClosureCase(own_finding, decision_maker, reasons_sent, rights, datetime.fromisoformat(until))


@lru_cache(maxsize=4096)
def _caller(member: str, group: str, policy: str, key_id: str) -> Caller:
    # What it may do was decided where it signed in.
    return Caller(UUID(member), UUID(group), frozenset(), policy, key_id)


def frame(value: object) -> bytes:
    """Frame a value as JSON."""
    body = orjson.dumps(value)
    return _LENGTH.pack(len(body)) + body


class Frames:
    """Cuts what arrives into whole frames."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Return the bodies of the frames that are complete with this data."""
        data, start = self._rest + data, 0
        while len(data) >= (begin := start + _LENGTH.size):
            end = begin + _LENGTH.unpack_from(data, start)[0]
            if len(data) < end:
                break
            yield data[begin:end]
            start = end
        self._rest = data[start:]


class Told(NamedTuple):
    """An answer as JSON, and how many of its claims had been asked about before."""

    body: bytes
    repeats: int


class Reply(NamedTuple):
    """What became of the ask with this number; `repeats` of its claims had been asked about before."""

    number: int
    outcome: Outcome
    repeats: int
    body: bytes

    def frame(self) -> bytes:
        """Write it down."""
        return _REPLY.pack(self.number, self.outcome, self.repeats, len(self.body)) + self.body


class Replies:
    """Cuts what arrives into whole replies."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[int, int, int, bytes]]:
        """Return the fields of the replies that are complete with this data."""
        data, start = self._rest + data, 0
        while len(data) >= (begin := start + _REPLY.size):
            number, outcome, repeats, length = _REPLY.unpack_from(data, start)
            if len(data) < begin + length:
                break
            yield number, outcome, repeats, data[begin : begin + length]
            start = begin + length
        self._rest = data[start:]
