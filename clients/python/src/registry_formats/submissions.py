"""What a log sends to a witness, and what tells logs from one another (C2SP tlog-witness, `add-checkpoint`).

old <size of the last checkpoint that the witness cosigned>
<base64 hash>            zero to 63 lines, the consistency proof
(an empty line)
<signed checkpoint>
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from registry_formats import base64std
from registry_formats.errors import FormatError
from registry_formats.merkle import HASH_BYTES, MAX_SIZE
from registry_formats.notes import MAX_NOTE_CHARACTERS, VerifierKey, parse_vkey

MAX_HASHES = 63
MAX_BYTES = MAX_NOTE_CHARACTERS + 4096
SIZE_TYPE = "text/x.tlog.size"
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\n", re.ASCII)
_SHARD = re.compile(r"/[0-9]{4}h[12]\.[1-9][0-9]{0,3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Submission:
    """Ask to cosign: the size cosigned last, the proof from there, and the signed checkpoint."""

    old: int
    hashes: tuple[bytes, ...]
    checkpoint: str


def encode_submission(submission: Submission) -> bytes:
    """Write the body of the request."""
    lines = [f"old {submission.old}", *map(base64std.encode, submission.hashes)]
    return ("\n".join(lines) + "\n\n" + submission.checkpoint).encode()


def parse_submission(body: bytes) -> Submission:
    """Read the body of a request; `submission_malformed` for every departure from the format."""
    try:
        head, blank, checkpoint = body.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise FormatError("submission_malformed") from None
    old, *lines = head.split("\n")
    match = _OLD.fullmatch(old)
    if not (blank and checkpoint and match) or len(lines) > MAX_HASHES or int(match[1]) > MAX_SIZE:
        raise FormatError("submission_malformed")
    hashes = tuple(base64std.decode(line, code="submission_malformed", size=HASH_BYTES) for line in lines)
    return Submission(int(match[1]), hashes, checkpoint)


def encode_size(size: int) -> str:
    """Write the body of a 409: the size that the witness cosigned last."""
    return f"{size}\n"


def parse_size(body: str) -> int:
    """Read the body of a 409; `submission_malformed`."""
    match = _SIZE.fullmatch(body)
    if match is None or int(match[1]) > MAX_SIZE:
        raise FormatError("submission_malformed")
    return int(match[1])


def origin_hash(origin: str) -> str:
    """Write how a witness's paths name a log: SHA-256 of its origin in hex."""
    return sha256(origin.encode()).hexdigest()


class KnownLogs:
    """The logs a witness cosigns for.

    Args:
        vkeys: of the logs. A key named `<name>` is good for the log `<name>` and for every log
            `<name>/<half-year>.<n>`: a registry opens such a one each half-year, and signs all with one key.

    Raises:
        FormatError: `vkey_malformed`.
    """

    def __init__(self, vkeys: Iterable[str]) -> None:
        self._keys = tuple(map(parse_vkey, vkeys))

    def keys(self, origin: str) -> Sequence[VerifierKey]:
        """Give the keys that may sign for a log; none for a log that is not known."""
        return [
            VerifierKey(origin, key.public_key)
            for key in self._keys
            if origin == key.name or (origin.startswith(key.name) and _SHARD.fullmatch(origin[len(key.name) :]))
        ]
