"""The signer: a process that holds the receipts' key, and nothing that outlives it."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from registry import keys
from registry.domain.uuids import uuid7
from registry.errors import Unavailable
from registry.keys import KeyName
from registry.signer import frames
from registry.signer.process import Signer
from registry_formats.leaf import LEAF_BYTES, Leaf, LeafType, encode_leaf
from registry_formats.notes import VerifierKey
from registry_formats.receipts import verify_receipt

pytestmark = pytest.mark.anyio
NAME = "registry.test/receipts"


def _entry_id(number: int) -> UUID:
    return uuid7(1_795_253_400_000, number.to_bytes(10))


def _leaf(number: int) -> bytes:
    one = bytes([number % 256]) * 32
    return encode_leaf(Leaf(LeafType.QUERY, _entry_id(number), 1_795_253_400_000, 1, number, one, one, one, one))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    keys.generate(tmp_path / "keys", [KeyName.RECEIPTS])
    return tmp_path / "keys"


@pytest.fixture
async def signer(directory: Path) -> AsyncIterator[Signer]:
    made = Signer(directory, NAME)
    yield made
    await made.close()


def _program(signer: Signer) -> subprocess.Popen[bytes]:
    assert signer._running is not None
    return signer._running.program


async def test_each_leaf_gets_its_own_receipt_in_order(signer: Signer, directory: Path) -> None:
    public = VerifierKey(NAME, keys.receipts_public_key(directory))
    leaves = [_leaf(number) for number in range(1, 301)]
    for leaf, receipt in zip(leaves, await signer.sign(leaves), strict=True):
        assert verify_receipt(receipt, leaf, [public]).entry_id == UUID(bytes=leaf[4:20])


async def test_groups_that_are_signed_at_once_are_not_mixed_up(signer: Signer, directory: Path) -> None:
    public = VerifierKey(NAME, keys.receipts_public_key(directory))
    groups = [[_leaf(first + step) for step in range(7)] for first in range(1, 100, 10)]
    signed = await asyncio.gather(*map(signer.sign, groups))
    for leaves, receipts in zip(groups, signed, strict=True):
        assert [verify_receipt(receipt, leaf, [public]).t_ms for leaf, receipt in zip(leaves, receipts, strict=True)]


async def test_a_signer_that_dies_is_missed_once_and_replaced(signer: Signer) -> None:
    await signer.sign([_leaf(1)])
    os.kill(_program(signer).pid, signal.SIGKILL)
    _program(signer).wait(5)
    with pytest.raises(Unavailable, match="receipts_unavailable"):
        await signer.sign([_leaf(2)])
    assert len(await signer.sign([_leaf(3)])) == 1


async def test_who_gives_up_waiting_leaves_no_answer_for_the_next(signer: Signer, directory: Path) -> None:
    public = VerifierKey(NAME, keys.receipts_public_key(directory))
    await signer.sign([_leaf(1)])
    waiting = asyncio.create_task(signer.sign([_leaf(number) for number in range(2, 400)]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    leaf = _leaf(1000)
    (receipt,) = await signer.sign([leaf])
    assert verify_receipt(receipt, leaf, [public]).entry_id == _entry_id(1000)


async def test_it_starts_with_the_first_receipt_and_ends_with_its_owner(directory: Path) -> None:
    made = Signer(directory, NAME)
    assert made._running is None
    await made.sign([_leaf(1)])
    child = _program(made)
    assert child.poll() is None
    await made.close()
    assert child.poll() is not None


async def test_without_its_key_it_cannot_sign(tmp_path: Path) -> None:
    made = Signer(tmp_path, NAME)
    with pytest.raises(Unavailable, match="receipts_unavailable"):
        await made.sign([_leaf(1)])


def test_frames_carry_what_was_put_in() -> None:
    leaves = [_leaf(number) for number in range(5)]
    framed = frames.write_leaves(leaves)
    assert int.from_bytes(framed[: frames.COUNT_BYTES]) == 5
    assert frames.read_leaves(framed[frames.COUNT_BYTES :]) == leaves
    assert all(len(leaf) == LEAF_BYTES for leaf in leaves)
    receipts = ["one\n", "", "zwei — drei\n"]
    answer = frames.write_receipts(receipts)
    assert frames.read_receipts(answer[frames.COUNT_BYTES :]) == receipts
