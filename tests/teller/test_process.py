"""The teller: a process that answers, signs with a key the API has not, and outlives nobody."""

import asyncio
import json
import os
import signal
import subprocess
from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from registry import keys
from registry.domain.access import Caller
from registry.errors import Conflict, Unavailable
from registry.keys import KeyName
from registry.teller.frames import Orders, Question
from registry.teller.process import Teller, as_process
from registry_formats.notes import VerifierKey
from registry_formats.receipts import verify_receipt
from tests.databases import ScratchDatabase
from tests.questions import PHONE, STRANGER, member, query

pytestmark = pytest.mark.anyio
NAME = "registry.test/receipts"


@pytest.fixture
def orders(database: ScratchDatabase, tmp_path: Path) -> Orders:
    keys.generate(tmp_path / "keys", [*KeyName])
    return Orders(
        database_url=database.url("registry_api"),
        pool=4,
        keys_dir=str(tmp_path / "keys"),
        receipts=NAME,
        livemode=False,
        log_level="info",
    )


@pytest.fixture
async def teller(orders: Orders) -> AsyncIterator[Teller]:
    made = Teller(orders, as_process)
    yield made
    await made.close()


@pytest.fixture
async def alpha(database: ScratchDatabase) -> Caller:
    return await member(database, "Alpha")


def question(who: Caller, claim: str | None = None, tokens: tuple[object, ...] = STRANGER) -> Question:
    asked = query(who, claim or str(uuid4()), tokens)  # type: ignore[arg-type]
    return Question(asked.act, who, asked.purpose, asked.claim_text, asked.tokens, asked.request_sha256)


def program(teller: Teller) -> "subprocess.Popen[bytes]":
    assert teller._line is not None
    assert isinstance(teller._line.program, subprocess.Popen)
    return teller._line.program


def pid(teller: Teller) -> int:
    return program(teller).pid


async def test_each_question_gets_its_own_answer_with_a_receipt_for_it(
    teller: Teller, alpha: Caller, orders: Orders
) -> None:
    public = VerifierKey(NAME, keys.receipts_public_key(Path(orders.keys_dir)))
    asked = [question(alpha) for _ in range(150)]
    told = await asyncio.gather(*(teller.ask([one]) for one in asked))
    answers = [json.loads(one.body) for one in told]
    assert [one["claim_ref"] for one in answers] == [one.claim_text for one in asked]
    leaves = [b64decode(one["leaf"]) for one in answers]
    entries = [
        verify_receipt(one["receipt"], leaf, [public]).entry_id for one, leaf in zip(answers, leaves, strict=True)
    ]
    assert entries == [UUID(bytes=leaf[4:20]) for leaf in leaves]
    assert len(set(entries)) == 150


async def test_a_batch_is_answered_as_one(teller: Teller, alpha: Caller) -> None:
    answer = json.loads((await teller.ask([question(alpha) for _ in range(7)], batch=True)).body)
    assert (len(answer["items"]), answer["content"]["n"]) == (7, 7)


async def test_the_largest_batch_is_answered_in_time(teller: Teller, alpha: Caller) -> None:
    asked = [question(alpha) for _ in range(500)]
    assert json.loads((await teller.ask(asked, batch=True)).body)["content"]["n"] == 500


async def test_it_says_what_was_asked_before_and_refuses_another_person_for_the_same_claim(
    teller: Teller, alpha: Caller
) -> None:
    assert (await teller.ask([question(alpha, "1")])).repeats == 0
    assert (await teller.ask([question(alpha, "1")])).repeats == 1
    with pytest.raises(Conflict, match="claim_ref_reused"):
        await teller.ask([question(alpha, "1", (PHONE,))])


async def test_a_teller_that_dies_is_missed_once_and_replaced(teller: Teller, alpha: Caller) -> None:
    await teller.ask([question(alpha)])
    os.kill(pid(teller), signal.SIGSTOP)
    waiting = asyncio.ensure_future(teller.ask([question(alpha)]))
    await asyncio.sleep(0.05)
    os.kill(pid(teller), signal.SIGKILL)
    with pytest.raises(Unavailable, match="teller_unavailable"):
        await waiting
    assert (await teller.ask([question(alpha)])).body


async def test_a_teller_that_hangs_is_given_up_and_replaced(teller: Teller, alpha: Caller) -> None:
    await teller.ask([question(alpha)])
    first = pid(teller)
    os.kill(first, signal.SIGSTOP)
    async with asyncio.timeout(8):
        with pytest.raises(Unavailable, match="teller_unavailable"):
            await teller.ask([question(alpha)])
    assert (await teller.ask([question(alpha)])).body
    assert pid(teller) != first


async def test_who_gives_up_waiting_leaves_no_answer_for_the_next(teller: Teller, alpha: Caller) -> None:
    waiting = asyncio.ensure_future(teller.ask([question(alpha)]))
    await teller.ask([question(alpha)])
    waiting.cancel()
    asked = question(alpha)
    assert json.loads((await teller.ask([asked])).body)["claim_ref"] == asked.claim_text


async def test_a_defect_is_a_failure_and_no_outage(teller: Teller, alpha: Caller) -> None:
    nobody = Caller(uuid4(), uuid4(), frozenset(), "no such pack", "key-1")
    with pytest.raises(RuntimeError, match="teller"):
        await teller.ask([question(nobody)])
    assert (await teller.ask([question(alpha)])).body


async def test_a_database_that_is_gone_is_an_outage(orders: Orders, alpha: Caller) -> None:
    nowhere = Teller(replace(orders, database_url="postgresql://nobody@127.0.0.1:9/none"), as_process)
    with pytest.raises(Unavailable, match="teller_unavailable"):
        await nowhere.ask([question(alpha)])


async def test_it_ends_with_its_owner_and_finishes_what_is_under_way(orders: Orders, alpha: Caller) -> None:
    made = Teller(orders, as_process)
    await made.ask([question(alpha)])
    child = program(made)
    assert child.poll() is None
    last = asyncio.ensure_future(made.ask([question(alpha)]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await made.close()
    assert child.poll() == 0
    assert (await last).body


async def test_without_its_keys_it_cannot_answer(orders: Orders, alpha: Caller, tmp_path: Path) -> None:
    made = Teller(replace(orders, keys_dir=str(tmp_path)), as_process)
    with pytest.raises(Unavailable, match="teller_unavailable"):
        await made.ask([question(alpha)])


def test_orders_show_no_password(orders: Orders) -> None:
    assert "postgres" not in repr(orders)
    assert Orders.read(orders.frame()[4:]) == orders
