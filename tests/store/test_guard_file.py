"""The file of the last signed checkpoint: durable, swapped under a lock, refused where it cannot be written."""

import asyncio
from pathlib import Path

import pytest

from registry.errors import Conflict, Misconfigured
from registry.store.guard_file import GuardFile

pytestmark = pytest.mark.anyio


async def test_the_next_process_reads_what_the_last_one_wrote(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "guard"
    GuardFile(path).check()
    assert await GuardFile(path).last() is None
    await GuardFile(path).swap(None, "one\n— ä\n")
    await GuardFile(path).swap("one\n— ä\n", "two\n")
    assert await GuardFile(path).last() == "two\n"
    assert sorted(one.name for one in path.parent.iterdir()) == [".guard.lock", "guard"]


@pytest.mark.parametrize("before", [None, "another\n"])
async def test_what_changed_meanwhile_is_not_replaced(tmp_path: Path, before: str | None) -> None:
    guard = GuardFile(tmp_path / "guard")
    await guard.swap(None, "one\n")
    with pytest.raises(Conflict) as refused:
        await guard.swap(before, "two\n")
    assert refused.value.code == "guard_changed"
    assert await guard.last() == "one\n"


async def test_of_many_that_swap_at_once_one_wins(tmp_path: Path) -> None:
    path = tmp_path / "guard"
    results = await asyncio.gather(
        *(GuardFile(path).swap(None, f"{number}\n") for number in range(20)), return_exceptions=True
    )
    (winner,) = [number for number, result in enumerate(results) if result is None]
    assert await GuardFile(path).last() == f"{winner}\n"
    assert {type(result) for result in results if result is not None} == {Conflict}


@pytest.mark.parametrize("content", [b"", b"half a note\n", b"\xff"])
async def test_a_file_that_is_no_checkpoint_is_refused_at_start(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "guard").write_bytes(content)
    with pytest.raises(Misconfigured) as refused:
        GuardFile(tmp_path / "guard").check()
    assert refused.value.code == "checkpoint_guard_unusable"


async def test_a_place_that_cannot_be_written_is_refused_at_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "guard", tmp_path):
        with pytest.raises(Misconfigured) as refused:
            GuardFile(path).check()
        assert refused.value.code == "checkpoint_guard_unusable"
