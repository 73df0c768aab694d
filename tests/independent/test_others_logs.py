"""Our witness cosigns a log that nobody here wrote: `tlog-scales` writes it, proves it, and reads the cosignatures."""

from pathlib import Path

from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import PlainEd25519Signer, Vkey
from tlog_scales.tlog import Checkpoint
from tlog_scales.writer import TilesWriter

from registry.crypto.checkpoint import SigningKey
from registry_client.witness import Witness, open_place
from registry_formats.submissions import KnownLogs, Submission, encode_submission

ORIGIN = "elsewhere.example/log"
SEED = b"\x31" * 32
SIGNER = PlainEd25519Signer(ORIGIN, SEED)
T_S = 1_795_000_000


def grow(log: Path, leaves: list[bytes]) -> Checkpoint:
    """Append leaves with the other program, and let it sign."""
    writer = TilesWriter.from_path(log) if log.exists() else TilesWriter.create(log, ORIGIN)
    for leaf in leaves:
        writer.add_leaf(leaf)
    writer.commit([SIGNER])
    return TilesReader(LocalBackend(log)).get_checkpoint()


def test_our_witness_cosigns_another_programs_log_and_not_its_fork(tmp_path: Path) -> None:
    place = open_place(tmp_path / "witness", "witness.example/w1")
    witness = Witness(place.keys, KnownLogs([SigningKey(ORIGIN, SEED).vkey.encode()]), place.state)
    old = 0
    for count in (1, 6, 250, 300):
        checkpoint = grow(tmp_path / "log", [b"leaf %d" % (old + i) for i in range(count)])
        reader = TilesReader(LocalBackend(tmp_path / "log"))
        reader.get_checkpoint()
        hashes = reader.get_consistency_proof(old, checkpoint.size).node_hashes if old else []
        answer = witness.add_checkpoint(encode_submission(Submission(old, tuple(hashes), checkpoint.serialize())), T_S)
        assert (answer.status.value, answer.code) == (200, "cosigned")
        cosigned = Checkpoint.from_text(checkpoint.serialize() + answer.body)
        for key in place.keys:
            cosigned.verify(Vkey.from_string(key.vkey.encode()))
        old = checkpoint.size
    fork = grow(tmp_path / "fork", [b"other %d" % i for i in range(old + 1)])
    proof = TilesReader(LocalBackend(tmp_path / "fork"))
    proof.get_checkpoint()
    hashes = proof.get_consistency_proof(old, fork.size).node_hashes
    answer = witness.add_checkpoint(encode_submission(Submission(old, tuple(hashes), fork.serialize())), T_S)
    assert (answer.status.value, answer.code) == (422, "consistency_mismatch")
    place.state.close()
