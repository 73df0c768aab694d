"""What is due is demanded from an honest registry and from another one: no receipt keeps any other from it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import httpx
import pytest

from registry_client import (
    Client,
    NotFound,
    Options,
    RegistryUnavailable,
    RegistryUnreachable,
)
from registry_client.testing import FakeRegistry
from tests.clients.between import CLAIM, INCLUSION, PHONE, answered, behind


def test_whoever_answers_one_demand_with_an_error_is_not_rid_of_the_others(
    registry: FakeRegistry, options: Options, client: Client
) -> None:
    hidden, missing, kept = (client.query(PHONE, CLAIM).receipt for _ in range(3))
    registry.advance(75)

    def handle(request: httpx.Request) -> httpx.Response:
        asked = request.url.params.get("entry_id")
        if asked == str(hidden.receipt.entry_id):
            return httpx.Response(500, json={"code": "internal"})
        if asked == str(missing.receipt.entry_id):
            return httpx.Response(404, json={"code": "entry_not_sealed"})
        return answered(registry, request)

    with behind(registry, options, handle) as cheated:
        demanded = cheated.prove_due(within=0)
    assert (demanded.proved, [one.code for one in demanded.broken]) == (1, ["entry_missing"])
    assert [type(one) for one in demanded.undecided] == [RegistryUnavailable]
    assert set(client.receipts_due()) == {hidden, missing}
    assert kept not in client.receipts_due()


def test_where_nobody_answers_not_every_receipt_is_tried(registry: FakeRegistry, options: Options) -> None:
    tried: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if INCLUSION not in request.url.path:
            return answered(registry, request)
        tried.append(request.url.path)
        raise httpx.ConnectError("down")

    with behind(registry, options, handle) as client:
        for _ in range(5):
            client.query(PHONE, CLAIM)
        registry.advance(75)
        demanded = client.prove_due(within=0)
        assert [type(one) for one in demanded.undecided] == [RegistryUnreachable] * 3
        assert len(tried) == 3 * options.retry.attempts
        assert len(client.receipts_due()) == 5


def test_a_clock_ahead_of_the_registrys_gives_it_the_time_it_asked_for(
    registry: FakeRegistry, options: Options, evidence: Callable[[], list[Any]]
) -> None:
    ahead = replace(options, registry_clock=lambda: registry.clock() + 200)
    with behind(registry, ahead, partial(answered, registry)) as client:
        registry.log.sealing = False
        receipt = client.query(PHONE, CLAIM).receipt
        assert client.receipts_due() == ()
        with pytest.raises(NotFound, match="entry_not_sealed"):
            client.prove(receipt, within=0)
        registry.advance(75)
        assert [one.code for one in client.prove_due(within=0).broken] == ["entry_missing"]
    assert len(evidence()) == 1


def test_patience_for_one_call_does_not_end_the_demand(registry: FakeRegistry, options: Options) -> None:
    with behind(registry, replace(options, patience=1), partial(answered, registry)) as client:
        registry.log.sealing = False
        for _ in range(2):
            client.query(PHONE, CLAIM)
        registry.advance(75)
        demanded = client.prove_due(within=1.5)
    assert [one.code for one in demanded.broken] == ["entry_missing"] * 2
    assert demanded.undecided == ()


def test_one_connection_that_is_always_dropped_shields_no_other_promise(
    registry: FakeRegistry, options: Options
) -> None:
    dropped: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if dropped and request.url.params.get("entry_id") == dropped[0]:
            raise httpx.ConnectError("down")
        return answered(registry, request)

    with behind(registry, options, handle) as client:
        registry.log.sealing = False
        dropped.append(str(client.query(PHONE, CLAIM).receipt.receipt.entry_id))
        for _ in range(4):
            client.query(PHONE, CLAIM)
        registry.advance(75)
        demanded = client.prove_due(within=0)
    assert [one.code for one in demanded.broken] == ["entry_missing"] * 4
    assert [type(one) for one in demanded.undecided] == [RegistryUnreachable]
