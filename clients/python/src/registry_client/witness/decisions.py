"""Whether to cosign: the rules of C2SP tlog-witness, `add-checkpoint`, in their order."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from registry_client.witness.state import Last, State
from registry_formats.cosignatures import CosigningKey
from registry_formats.errors import FormatError
from registry_formats.merkle import EMPTY_ROOT, verify_consistency
from registry_formats.notes import (
    Checkpoint,
    Note,
    Signature,
    encode_note,
    encode_signatures,
    parse_checkpoint_text,
    parse_note,
    verify_checkpoint,
)
from registry_formats.submissions import SIZE_TYPE, KnownLogs, Submission, encode_size, parse_submission

_PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer; `code` says why, for the witness's own log."""

    status: HTTPStatus
    body: str
    code: str
    content_type: str = _PLAIN


class Witness:
    """Cosigns for the logs it knows.

    Args:
        keys: of the witness, each of its own type; every answer holds a cosignature of each.
        logs: whom it cosigns for.
        state: what it cosigned last.
    """

    def __init__(self, keys: Sequence[CosigningKey], logs: KnownLogs, state: State) -> None:
        self._keys = tuple(keys)
        self._logs = logs
        self._state = state

    def add_checkpoint(self, body: bytes, t_s: int) -> Answer:
        """Cosign the checkpoint of a request, or say why not; what is cosigned is durable when this returns.

        Args:
            body: of the request.
            t_s: the time, seconds since 1970.
        """
        try:
            submission = parse_submission(body)
            note = parse_note(submission.checkpoint)
            claimed = parse_checkpoint_text(note.text)
        except FormatError as error:
            return _refuse(HTTPStatus.BAD_REQUEST, error.code)
        keys = self._logs.keys(claimed.origin)
        if not keys:
            return _refuse(HTTPStatus.NOT_FOUND, "log_unknown")
        try:
            verify_checkpoint(submission.checkpoint, claimed.origin, keys)
        except FormatError as error:
            return _refuse(HTTPStatus.FORBIDDEN, error.code)
        trusted = {(key.name, key.key_id) for key in keys}
        signed = Note(note.text, tuple(one for one in note.signatures if (one.name, one.key_id) in trusted))
        answer = self._consider(submission, claimed, signed, t_s)
        if answer.status is HTTPStatus.UNPROCESSABLE_ENTITY:
            self._state.keep_refused(claimed.origin, t_s, answer.code, body)
        return answer

    def show(self, hashed_origin: str) -> Answer:
        """Show the last checkpoint that was cosigned for the log with this hash (SHA-256, hex)."""
        note = self._state.note(hashed_origin)
        return Answer(HTTPStatus.OK, note, "shown") if note else _refuse(HTTPStatus.NOT_FOUND, "checkpoint_missing")

    def _consider(self, submission: Submission, claimed: Checkpoint, signed: Note, t_s: int) -> Answer:
        if submission.old > claimed.size:
            return _refuse(HTTPStatus.BAD_REQUEST, "size_invalid")
        with self._state.turn():
            last = self._state.last(claimed.origin)
            if submission.old != last.size:
                return Answer(HTTPStatus.CONFLICT, encode_size(last.size), "size_differs", SIZE_TYPE)
            try:
                _check_continues(last, claimed, submission.hashes)
            except FormatError as error:
                return _refuse(HTTPStatus.UNPROCESSABLE_ENTITY, error.code)
            cosigned = tuple(key.cosign(claimed, t_s) for key in self._keys)
            self._state.advance(claimed.origin, _remembered(claimed, signed, cosigned))
        return Answer(HTTPStatus.OK, encode_signatures(cosigned), "cosigned")


def _check_continues(last: Last, claimed: Checkpoint, hashes: Sequence[bytes]) -> None:
    if claimed.size == 0 and claimed.root != EMPTY_ROOT:
        raise FormatError("root_of_nothing")
    if last.size == 0:
        # The empty tree is consistent with any tree, so no proof is necessary, and none may be sent.
        if hashes:
            raise FormatError("merkle_proof_length")
        return
    verify_consistency(last.size, claimed.size, hashes, last.root, claimed.root)


def _remembered(claimed: Checkpoint, signed: Note, cosigned: tuple[Signature, ...]) -> Last:
    note = encode_note(Note(signed.text, signed.signatures + cosigned))
    return Last(claimed.size, claimed.root, note)


def _refuse(status: HTTPStatus, code: str) -> Answer:
    return Answer(status, f"{code}\n", code)
