"""A member as witness: one history, remembered across processes, and every fork, rollback and rewrite noticed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.crypto.checkpoint import SigningKey, sign_checkpoint
from registry_client.log import (
    CheckpointStore,
    FileCheckpoints,
    HistoryError,
    LogForkedError,
    LogWatch,
    MemoryCheckpoints,
    Sizes,
)
from registry_formats import tile_proofs
from registry_formats.errors import FormatError
from registry_formats.merkle import hash_leaf, root_from_leaves
from registry_formats.notes import Checkpoint
from registry_formats.tiles import TileRef

_KEY = SigningKey("registry.example/audit/2026-2.1", b"\x11" * 32)


class Log:
    """A log of up to 255 leaves, which its one partial tile holds."""

    def __init__(self, salt: bytes = b"", *, forked_at: int = 0) -> None:
        self.hashes = [hash_leaf((salt if i >= forked_at else b"") + bytes([i])) for i in range(255)]

    def read(self, ref: TileRef) -> bytes:
        return b"".join(self.hashes[: ref.width])

    def note(self, size: int) -> str:
        return sign_checkpoint(Checkpoint(_KEY.name, size, root_from_leaves(self.hashes[:size])), [_KEY])

    def consistency(self, sizes: Sizes | None) -> tuple[bytes, ...]:
        return tile_proofs.consistency_proof(sizes.old, sizes.new, self.read) if sizes else ()


_LOG = Log()


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> CheckpointStore:
    return MemoryCheckpoints() if request.param == "memory" else FileCheckpoints(tmp_path / "log" / "checkpoints")


def _watch(store: CheckpointStore) -> LogWatch:
    return LogWatch(_KEY.name, [_KEY.vkey], store)


def _observe(watch: LogWatch, log: Log, size: int) -> Checkpoint:
    look = watch.look(log.note(size))
    assert watch.accept(look, log.consistency(look.needed))
    return look.shown


def _last_size(watch: LogWatch) -> int | None:
    return watch.last.size if watch.last else None


def test_the_first_checkpoint_is_trusted_and_remembered_by_the_next_process(store: CheckpointStore) -> None:
    assert _watch(store).last is None
    assert _watch(store).look(_LOG.note(7)).needed is None
    _observe(_watch(store), _LOG, 7)
    assert _last_size(_watch(store)) == 7


@given(st.lists(st.integers(0, 255), min_size=1, max_size=8))
def test_checkpoints_of_one_history_are_accepted_in_any_order(sizes: list[int]) -> None:
    watch = _watch(MemoryCheckpoints())
    for seen, size in enumerate(sizes, 1):
        assert _observe(watch, _LOG, size).size == size
        assert _last_size(watch) == max(sizes[:seen])


def test_growth_must_be_proved(store: CheckpointStore) -> None:
    watch = _watch(store)
    _observe(watch, _LOG, 7)
    look = watch.look(_LOG.note(20))
    assert look.needed == Sizes(7, 20)
    with pytest.raises(HistoryError, match="merkle_proof_length") as unproved:
        watch.accept(look)
    assert (unproved.value.known, unproved.value.shown) == (_LOG.note(7), _LOG.note(20))
    assert _last_size(watch) == 7


def test_a_rewritten_entry_is_noticed_at_the_next_checkpoint(store: CheckpointStore) -> None:
    watch, rewritten = _watch(store), Log(b"x", forked_at=3)
    _observe(watch, _LOG, 7)
    with pytest.raises(FormatError, match="consistency_mismatch"):
        _observe(watch, rewritten, 20)
    assert _last_size(watch) == 7


def test_a_rewrite_of_what_was_not_yet_seen_is_no_fork(store: CheckpointStore) -> None:
    watch = _watch(store)
    _observe(watch, _LOG, 7)
    assert _observe(watch, Log(b"x", forked_at=7), 20).size == 20


def test_two_roots_for_one_size_are_evidence_of_a_fork(store: CheckpointStore) -> None:
    watch, other = _watch(store), Log(b"x")
    _observe(watch, _LOG, 7)
    with pytest.raises(LogForkedError) as forked:
        _observe(watch, other, 7)
    assert forked.value.code == "log_forked"
    assert (forked.value.known, forked.value.shown) == (_LOG.note(7), other.note(7))


def test_an_older_checkpoint_of_another_history_is_noticed(store: CheckpointStore) -> None:
    watch = _watch(store)
    _observe(watch, _LOG, 20)
    assert _observe(watch, _LOG, 7).size == 7
    assert _last_size(watch) == 20
    with pytest.raises(FormatError, match="consistency_mismatch"):
        watch.accept(watch.look(Log(b"x").note(7)), _LOG.consistency(Sizes(7, 20)))


def test_the_empty_log_needs_no_proof_and_takes_none(store: CheckpointStore) -> None:
    watch = _watch(store)
    _observe(watch, _LOG, 0)
    with pytest.raises(FormatError, match="merkle_proof_length"):
        watch.accept(watch.look(_LOG.note(5)), (bytes(32),))
    assert _observe(watch, _LOG, 5).size == 5


def _of_another_log(log: Log) -> str:
    key = SigningKey("elsewhere", b"\x11" * 32)
    return sign_checkpoint(Checkpoint("elsewhere", 1, log.hashes[0]), [key])


def _by_another_key(log: Log) -> str:
    return sign_checkpoint(Checkpoint(_KEY.name, 1, log.hashes[0]), [SigningKey(_KEY.name, b"\x12" * 32)])


@pytest.mark.parametrize("forge", [_of_another_log, _by_another_key])
def test_a_checkpoint_that_is_not_the_logs_is_refused(forge: Callable[[Log], str]) -> None:
    watch = _watch(MemoryCheckpoints())
    with pytest.raises(FormatError, match="note_unsigned"):
        watch.look(forge(_LOG))
    assert watch.last is None


def test_what_others_saw_meanwhile_is_looked_at_again(store: CheckpointStore) -> None:
    watch, other = _watch(store), _watch(store)
    _observe(watch, _LOG, 7)
    newer, older = watch.look(_LOG.note(20)), watch.look(_LOG.note(5))
    _observe(other, _LOG, 30)
    assert not watch.accept(newer, _LOG.consistency(newer.needed))
    assert watch.accept(older, _LOG.consistency(older.needed))
    assert _last_size(watch) == 30
    assert _observe(watch, _LOG, 20).size == 20
    assert _last_size(watch) == 30


def test_of_two_histories_that_two_threads_see_at_once_one_is_found_out(store: CheckpointStore) -> None:
    watch, fork = _watch(store), Log(b"x", forked_at=7)
    _observe(watch, _LOG, 7)
    one, other = watch.look(_LOG.note(20)), watch.look(fork.note(20))
    assert watch.accept(one, _LOG.consistency(one.needed))
    assert not watch.accept(other, fork.consistency(other.needed))
    with pytest.raises(LogForkedError):
        _observe(watch, fork, 20)


def test_of_many_who_swap_at_once_one_does(store: CheckpointStore) -> None:
    with ThreadPoolExecutor(8) as threads:
        swapped = list(threads.map(lambda number: store.swap("log", None, str(number)), range(64)))
    assert sum(swapped) == 1
    assert store.load("log") == str(swapped.index(True))


def test_a_tampered_memory_is_noticed(tmp_path: Path) -> None:
    store = FileCheckpoints(tmp_path)
    _observe(_watch(store), _LOG, 7)
    (file,) = tmp_path.glob("*.checkpoint")
    file.write_text(file.read_text(encoding="utf-8").replace("\n7\n", "\n6\n"), encoding="utf-8")
    with pytest.raises(FormatError, match="note_signature_invalid"):
        _observe(_watch(store), _LOG, 20)


def test_logs_are_remembered_apart_and_a_failed_save_leaves_no_trace(tmp_path: Path) -> None:
    store = FileCheckpoints(tmp_path)
    store.save("a/b", "one")
    store.save("a%2Fb", "two")
    assert (store.load("a/b"), store.load("a%2Fb"), store.load("a")) == ("one", "two", None)
    with pytest.raises(UnicodeEncodeError):
        store.save("a/b", "\ud800")
    assert store.load("a/b") == "one"
    assert len(list(tmp_path.iterdir())) == 2
