"""The witness: it cosigns what continues the history it knows; a fork, a rollback, a wrong proof it refuses."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.crypto.checkpoint import SigningKey, sign_checkpoint
from registry_client.witness import Answer, State, Witness, WitnessServer, open_place
from registry_formats import tile_proofs
from registry_formats.cosignatures import CosignatureType, CosignerKey, CosigningKey, verify_cosignatures
from registry_formats.errors import FormatError
from registry_formats.merkle import EMPTY_ROOT, hash_leaf, root_from_leaves
from registry_formats.notes import Checkpoint, add_signatures, parse_signatures, verify_checkpoint
from registry_formats.submissions import MAX_BYTES, KnownLogs, Submission, encode_submission, origin_hash

ORIGIN = "registry.example/audit/2026h2.1"
LOG_KEY = SigningKey(ORIGIN, bytes(range(32)))
NAME = "witness.example/w1"
T_S = 1_795_000_000


class Log:
    """A log of made-up leaves, and all that can be proved of it."""

    def __init__(self, *leaves: bytes, key: SigningKey = LOG_KEY) -> None:
        self.hashes = [hash_leaf(leaf) for leaf in leaves]
        self.key = key

    def signed(self, size: int) -> str:
        root = root_from_leaves(self.hashes[:size])
        return sign_checkpoint(Checkpoint(self.key.name, size, root), [self.key])

    def proof(self, old: int, new: int) -> tuple[bytes, ...]:
        row = b"".join(self.hashes[:new])
        return tile_proofs.consistency_proof(old, new, lambda ref: row[: ref.width * 32]) if 0 < old < new else ()

    def submission(self, old: int, new: int) -> bytes:
        return encode_submission(Submission(old, self.proof(old, new), self.signed(new)))


HONEST = Log(*(b"leaf %d" % i for i in range(100)))
FORK = Log(*(b"leaf %d" % (i if i != 5 else 1000) for i in range(100)))


@contextmanager
def witness(directory: Path, *vkeys: str) -> Iterator[tuple[Witness, tuple[CosignerKey, ...]]]:
    place = open_place(directory, NAME)
    try:
        known = KnownLogs(vkeys or [LOG_KEY.vkey.encode()])
        yield Witness(place.keys, known, place.state), tuple(key.vkey for key in place.keys)
    finally:
        place.state.close()


def said(answer: Answer) -> tuple[int, str]:
    return answer.status.value, answer.code


def test_every_checkpoint_that_continues_the_last_one_is_cosigned(tmp_path: Path) -> None:
    with witness(tmp_path) as (one, keys):
        old = 0
        for new in (0, 1, 1, 7, 8, 8, 64, 99, 100):
            answer = one.add_checkpoint(HONEST.submission(old, new), T_S)
            assert said(answer) == (200, "cosigned")
            cosigned = add_signatures(HONEST.signed(new), parse_signatures(answer.body))
            assert [(found.key, found.t_s) for found in verify_cosignatures(cosigned, keys)] == [
                (key, T_S) for key in keys
            ]
            assert one.show(origin_hash(ORIGIN)).body == cosigned
            old = new


def test_a_fork_a_rollback_and_a_wrong_proof_are_refused_and_kept(tmp_path: Path) -> None:
    with witness(tmp_path) as (one, _):
        one.add_checkpoint(HONEST.submission(0, 50), T_S)
        assert said(one.add_checkpoint(FORK.submission(50, 60), T_S)) == (422, "consistency_mismatch")
        assert said(one.add_checkpoint(FORK.submission(50, 50), T_S)) == (422, "consistency_mismatch")
        wrong = encode_submission(Submission(50, HONEST.proof(50, 60)[::-1], HONEST.signed(60)))
        assert said(one.add_checkpoint(wrong, T_S)) == (422, "consistency_mismatch")
        unasked = encode_submission(Submission(50, (bytes(32),), HONEST.signed(50)))
        assert said(one.add_checkpoint(unasked, T_S)) == (422, "merkle_proof_length")
        for rolled_back in (HONEST.submission(40, 45), HONEST.submission(0, 45), HONEST.submission(40, 60)):
            answer = one.add_checkpoint(rolled_back, T_S)
            assert (said(answer), answer.body, answer.content_type) == (
                (409, "size_differs"),
                "50\n",
                "text/x.tlog.size",
            )
        assert said(one.add_checkpoint(HONEST.submission(50, 45), T_S)) == (400, "size_invalid")
        assert said(one.add_checkpoint(HONEST.submission(50, 60), T_S)) == (200, "cosigned")
    database = State(tmp_path / "witness.db")
    assert [(origin, code) for origin, _, code, _ in database.refused()] == [
        (ORIGIN, "consistency_mismatch"),
        (ORIGIN, "consistency_mismatch"),
        (ORIGIN, "consistency_mismatch"),
        (ORIGIN, "merkle_proof_length"),
    ]
    database.close()


def test_the_first_checkpoint_needs_no_proof_and_may_bring_none(tmp_path: Path) -> None:
    with witness(tmp_path) as (one, _):
        brought = encode_submission(Submission(0, (bytes(32),), HONEST.signed(3)))
        assert said(one.add_checkpoint(brought, T_S)) == (422, "merkle_proof_length")
        odd = sign_checkpoint(Checkpoint(ORIGIN, 0, bytes(32)), [LOG_KEY])
        assert said(one.add_checkpoint(encode_submission(Submission(0, (), odd)), T_S)) == (422, "root_of_nothing")
        empty = sign_checkpoint(Checkpoint(ORIGIN, 0, EMPTY_ROOT), [LOG_KEY])
        assert said(one.add_checkpoint(encode_submission(Submission(0, (), empty)), T_S)) == (200, "cosigned")


def test_only_known_logs_and_their_own_keys_are_heard(tmp_path: Path) -> None:
    elsewhere = Log(b"a", key=SigningKey("elsewhere.example/log", bytes(range(32))))
    impostor = Log(b"a", key=SigningKey(ORIGIN, bytes(32)))
    with witness(tmp_path) as (one, _):
        assert said(one.add_checkpoint(elsewhere.submission(0, 1), T_S)) == (404, "log_unknown")
        assert said(one.add_checkpoint(impostor.submission(0, 1), T_S)) == (403, "note_unsigned")
        spoiled = HONEST.signed(1).replace("\n1\n", "\n2\n")
        refused = one.add_checkpoint(encode_submission(Submission(0, (), spoiled)), T_S)
        assert said(refused) == (403, "note_signature_invalid")
        assert one.show(origin_hash(ORIGIN)).status is HTTPStatus.NOT_FOUND


def test_signatures_of_strangers_are_not_passed_on(tmp_path: Path) -> None:
    stranger = CosigningKey("stranger.example", CosignatureType.ED25519, bytes(32))
    checkpoint = Checkpoint(ORIGIN, 1, HONEST.hashes[0])
    note = add_signatures(HONEST.signed(1), [stranger.cosign(checkpoint, T_S)])
    with witness(tmp_path) as (one, _):
        assert said(one.add_checkpoint(encode_submission(Submission(0, (), note)), T_S)) == (200, "cosigned")
        assert "stranger.example" not in one.show(origin_hash(ORIGIN)).body


def test_one_key_vouches_for_every_half_year_of_a_registry(tmp_path: Path) -> None:
    family = SigningKey("registry.example/audit", bytes(range(32))).vkey.encode()
    with witness(tmp_path, family) as (one, _):
        for shard in ("2026h2.1", "2026h2.2", "2027h1.1"):
            log = Log(b"a", key=SigningKey(f"registry.example/audit/{shard}", bytes(range(32))))
            assert said(one.add_checkpoint(log.submission(0, 1), T_S)) == (200, "cosigned")
        for foreign in (
            "registry.example/audit2026h2.1",
            "registry.example/audit/2026h3.1",
            "registry.example/receipts",
        ):
            log = Log(b"a", key=SigningKey(foreign, bytes(range(32))))
            assert said(one.add_checkpoint(log.submission(0, 1), T_S)) == (404, "log_unknown")


BODY = HONEST.submission(1, 3)
MALFORMED = {
    "nothing": b"",
    "no old size": BODY.partition(b"\n")[2],
    "a size with a zero before it": BODY.replace(b"old 1", b"old 01"),
    "a negative size": BODY.replace(b"old 1", b"old -1"),
    "a size beyond all trees": BODY.replace(b"old 1", b"old 9999999999999999999"),
    "a hash that is too short": BODY.replace(b"\n", b"\nAAAA\n", 1),
    "64 hashes": BODY.replace(b"\n", b"\n" + (b"A" * 43 + b"=\n") * 64, 1),
    "no empty line": BODY.replace(b"\n\n", b"\n", 1),
    "no checkpoint": BODY.partition(b"\n\n")[0] + b"\n\n",
    "no text": b"\xff" + BODY,
    "line ends of another system": BODY.replace(b"\n", b"\r\n"),
    "an extension line": BODY.replace(b"\n\n\xe2", b"\nmore\n\n\xe2"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_submission_is_refused_before_anything_is_looked_up(tmp_path: Path, name: str) -> None:
    with witness(tmp_path) as (one, _):
        assert one.add_checkpoint(MALFORMED[name], T_S).status is HTTPStatus.BAD_REQUEST


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 100), st.integers(0, 100)), max_size=12))
def test_whatever_is_submitted_all_that_is_cosigned_is_one_history(
    tmp_path_factory: pytest.TempPathFactory, submissions: list[tuple[bool, int, int]]
) -> None:
    with witness(tmp_path_factory.mktemp("witness")) as (one, _):
        cosigned: list[tuple[Log, int]] = []
        for honest, old, new in submissions:
            log = HONEST if honest else FORK
            if one.add_checkpoint(log.submission(old, new), T_S).status is HTTPStatus.OK:
                cosigned.append((log, new))
    sizes = [size for _, size in cosigned]
    assert sizes == sorted(sizes)
    # From the sixth leaf on the two differ.
    assert len({id(log) for log, size in cosigned if size > 5}) <= 1


def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    with witness(tmp_path) as (one, before):
        one.add_checkpoint(HONEST.submission(0, 50), T_S)
    with witness(tmp_path) as (one, after):
        assert before == after
        assert said(one.add_checkpoint(FORK.submission(50, 60), T_S)) == (422, "consistency_mismatch")
        assert said(one.add_checkpoint(FORK.submission(0, 60), T_S)) == (409, "size_differs")
        assert said(one.add_checkpoint(HONEST.submission(50, 60), T_S)) == (200, "cosigned")


def test_the_file_itself_refuses_to_go_back(tmp_path: Path) -> None:
    with witness(tmp_path) as (one, _):
        one.add_checkpoint(HONEST.submission(0, 50), T_S)
    intruder = sqlite3.connect(tmp_path / "witness.db")
    for statement in (
        "UPDATE cosigned SET size = 49",
        "UPDATE cosigned SET root = x'00'",
        "UPDATE cosigned SET hash = 'other'",
        "DELETE FROM cosigned",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="a witness never"):
            intruder.execute(statement)
    intruder.close()


def test_a_key_without_its_memory_and_a_key_that_others_can_read_are_refused(tmp_path: Path) -> None:
    with witness(tmp_path) as (one, _):
        one.add_checkpoint(HONEST.submission(0, 50), T_S)
    (tmp_path / "witness.key").chmod(0o644)
    with pytest.raises(FormatError, match="witness_key_exposed"):
        open_place(tmp_path, NAME)
    (tmp_path / "witness.key").chmod(0o600)
    (tmp_path / "witness.db").unlink()
    with pytest.raises(FormatError, match="witness_state_missing"):
        open_place(tmp_path, NAME)


@contextmanager
def listening(one: Witness, lines: list[str]) -> Iterator[httpx.Client]:
    with WitnessServer(one, clock=lambda: T_S, report=lines.append) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{server.server_port}") as client:
                yield client
        finally:
            server.shutdown()
            thread.join()


def test_over_http_a_log_is_answered_as_the_standard_says(tmp_path: Path) -> None:
    lines: list[str] = []
    with witness(tmp_path) as (one, keys), listening(one, lines) as client:
        sent = client.post("/add-checkpoint", content=HONEST.submission(0, 50))
        assert sent.status_code == 200
        assert sent.text.startswith("— witness.example/w1 ")
        stale = client.post("/add-checkpoint", content=HONEST.submission(0, 60))
        assert (stale.status_code, stale.text, stale.headers["content-type"]) == (409, "50\n", "text/x.tlog.size")
        shown = client.get(f"/{origin_hash(ORIGIN)}/checkpoint")
        assert verify_checkpoint(shown.text, ORIGIN, [LOG_KEY.vkey]).size == 50
        assert {found.key for found in verify_cosignatures(shown.text, keys)} == set(keys)
        assert client.get(f"/{origin_hash('elsewhere')}/checkpoint").status_code == 404
        for path in ("/", "/add-checkpoint", f"/{origin_hash(ORIGIN)}"):
            assert client.get(path).status_code == 404
        assert client.post("/elsewhere", content=b"").status_code == 404
        too_large = client.post("/add-checkpoint", content=bytes(MAX_BYTES + 1))
        assert too_large.status_code == 413
    assert lines == ["200 cosigned", "409 size_differs"]


def test_of_submissions_at_once_those_that_lose_hear_the_size_of_the_winner(tmp_path: Path) -> None:
    answers: list[int] = []
    with witness(tmp_path) as (one, _), listening(one, []) as client:

        def submit(new: int) -> None:
            answers.append(client.post("/add-checkpoint", content=HONEST.submission(0, new)).status_code)

        threads = [threading.Thread(target=submit, args=(new,)) for new in range(1, 17)]
        _run(threads)
    assert sorted(answers) == [200] + [409] * 15


def _run(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
