"""The member's tokeniser: the published tokens come out, a cheating operator is found, and nothing raw escapes."""

import copy
import json
import pickle
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.crypto import oprf
from registry.keyholder import operator
from registry.keyholder.operator import Operator
from registry_client.tokens import Batch, IdentifierRefused, Identifiers, Tokeniser
from registry_formats import cfr1, evaluation, manifest, sodium
from registry_formats.cfr1 import FLOOR, Kind
from registry_formats.errors import FormatError
from registry_formats.evaluation import Answer
from registry_formats.manifest import Key, Last, Manifest, Pins

VECTORS = json.loads((Path(__file__).parents[2] / "clients/vectors/cfr1.json").read_text(encoding="utf-8"))
REALM = VECTORS["realm"]
MEMBER = Ed25519PrivateKey.from_private_bytes(b"m" * 32)
OPERATOR = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
PINS = Pins(REALM, {"operator-1": OPERATOR.public_key()})
NOW = 1_800_000_000
PAIRS = {
    (epoch, kind): oprf.derive_key_pair(bytes.fromhex(VECTORS["seed"]), cfr1.key_info(REALM, epoch, kind))
    for epoch in (1, 2)
    for kind in Kind
}


def key(epoch: int, kind: Kind) -> Key:
    public = PAIRS[epoch, kind].public
    return Key(kind, epoch, cfr1.key_id(REALM, epoch, kind, cost=FLOOR, public=public), public, 1, {1: public}, FLOOR)


def envelope(*epochs: int, seq: int = 1, prev: bytes | None = None) -> dict[str, Any]:
    keys = tuple(key(epoch, kind) for epoch in epochs for kind in Kind)
    value = Manifest(REALM, seq, prev, NOW - 10, NOW + 10, keys)
    return manifest.envelope(value, {"operator-1": manifest.sign(value, OPERATOR)})


def tokeniser(*epochs: int, **options: Any) -> Tokeniser:  # noqa: ANN401 - any option of the tokeniser
    made = Tokeniser(PINS, "member-1", MEMBER, **options)
    made.trust(envelope(*epochs), now=NOW)
    return made


def evaluate(batch: Batch) -> dict[str, Any]:
    """Answer as an honest operator does."""
    pair = PAIRS[batch.key.epoch, batch.key.kind]
    evaluated = oprf.blind_evaluate(pair.secret, batch.blinded)
    proof = oprf.prove(pair, batch.blinded, evaluated, nonce=sodium.reduce(secrets.token_bytes(64)))
    return Answer("operator-1", batch.key.key_id, tuple(evaluated), proof).to_json()


def texts(made: Tokeniser, people: Iterable[Identifiers]) -> list[dict[str, list[str]]]:
    work = made.prepare(list(people))
    named = made.finish(work, [evaluate(batch) for batch in work.batches])
    return [{one.kind.value: [token.text for token in one.tokens] for one in person} for person in named]


def test_the_tokens_of_the_vectors_come_out() -> None:
    buyers = [
        Identifiers(phone="138 0013 8000", region="CN", email="用户@例子.中国", national_id="11010519491231002x"),
        Identifiers(phone="+852 6123 4567", payment="pan:4111 1111 1111 1111"),
        Identifiers(
            address="CN:110105:建国路八十八号soho现代城3栋2单元1501", device="idfa:6D92078A-8246-4BA4-AE5B-76104861E7DC"
        ),
    ]
    expected = {(vector["epoch"], vector["value"]): vector["text"] for vector in VECTORS["tokens"]}
    first, second, third = texts(tokeniser(1, 2), buyers)
    assert first["phone"] == [expected[1, "+8613800138000"], expected[2, "+8613800138000"]]
    assert first["email"][0] == expected[1, "用户@xn--fsqu00a.xn--fiqs8s"]
    assert first["national_id"][0] == expected[1, "CN:ID:11010519491231002X"]
    assert second["phone"][0] == expected[1, "+85261234567"]
    assert second["payment"][0] == expected[1, "pan:4111111111111111"]
    assert third["address"][0] == expected[1, "CN:110105:88-3-2-1501"]
    assert third["device"][0] == expected[1, "idfa:6d92078a82464ba4ae5b76104861e7dc"]


def test_the_real_operator_and_the_tokeniser_understand_each_other(tmp_path: Path) -> None:
    now = datetime.fromtimestamp(NOW, UTC)
    shown = operator.init(tmp_path, REALM, epochs=[7], now=now)
    operator.enrol(tmp_path, "member-1", MEMBER.public_key().public_bytes_raw(), "group-1", 1000)
    running = Operator(tmp_path, lambda: now)
    signer = Ed25519PrivateKey.from_private_bytes((tmp_path / "operator.key").read_bytes())
    made = Tokeniser(Pins(REALM, {"operator-1": signer.public_key()}), "member-1", MEMBER)
    made.trust(shown, now=NOW)
    work = made.prepare([Identifiers(phone=["+8613800138000", "+8613900139000"], event="sf:SF 123")])
    bodies = [json.dumps(made.request(batch, now_ms=NOW * 1000)).encode() for batch in work.batches]
    [named] = made.finish(work, [running.evaluate(body) for body in bodies])
    running.close()
    assert [(one.kind, [token.epoch for token in one.tokens]) for one in named] == [
        (Kind.PHONE, [7]),
        (Kind.PHONE, [7]),
        (Kind.EVENT, [7]),
    ]
    assert len({token.text for one in named for token in one.tokens}) == 3


def test_a_request_is_signed_anew_for_each_attempt() -> None:
    made = tokeniser(1)
    [batch] = made.prepare([Identifiers(phone="+8613800138000")]).batches
    first, second = (evaluation.parse_request(made.request(batch, now_ms=NOW * 1000)) for _ in range(2))
    assert first.nonce != second.nonce
    for request in (first, second):
        request.check(REALM, MEMBER.public_key())
        assert request.blinded == batch.blinded


def test_a_buyer_seen_before_costs_no_evaluation_and_is_blinded_differently_when_asked_again() -> None:
    made = tokeniser(1)
    buyer = Identifiers(phone="+8613800138000")
    again = tokeniser(1)
    assert made.prepare([buyer]).batches[0].blinded != again.prepare([buyer]).batches[0].blinded
    before = texts(made, [buyer])
    assert made.prepare([buyer]).batches == ()
    assert texts(made, [buyer]) == before == texts(again, [buyer])


def test_the_cache_is_bounded_and_forgets_the_oldest() -> None:
    made = tokeniser(1, remembered=2)
    one, two, three = (Identifiers(phone=f"+861380013800{n}") for n in range(3))
    texts(made, [one, two])
    texts(made, [one])
    texts(made, [three])
    assert [len(made.prepare([buyer]).batches) for buyer in (one, two, three)] == [0, 1, 0]


def test_the_same_identifier_twice_is_asked_once() -> None:
    made = tokeniser(1)
    buyers = [Identifiers(phone="+8613800138000"), Identifiers(phone="138 0013 8000", region="CN")]
    work = made.prepare(buyers)
    assert [len(batch.blinded) for batch in work.batches] == [1]
    first, second = texts(made, buyers)
    assert first == second


def test_many_identifiers_go_in_batches_of_256() -> None:
    made = tokeniser(1)
    work = made.prepare([Identifiers(phone=f"+86138{n:08}") for n in range(300)])
    assert [len(batch.blinded) for batch in work.batches] == [256, 44]


def test_only_the_epochs_asked_for_are_evaluated() -> None:
    made = tokeniser(1, 2)
    buyer = Identifiers(phone="+8613800138000")
    assert [batch.key.epoch for batch in made.prepare([buyer], epochs=[2]).batches] == [2]
    with pytest.raises(FormatError) as refused:
        made.prepare([buyer], epochs=[3])
    assert refused.value.code == "key_unknown"


def spoilt(answer: dict[str, Any], how: str) -> dict[str, Any]:
    parsed = evaluation.parse_answer(answer)
    changes: dict[str, dict[str, Any]] = {
        "proof": {"proof": Answer("o", parsed.key_id, parsed.evaluated, parsed.proof[::-1]).to_json()["proof"]},
        "element": {"evaluated": answer["evaluated"][::-1]},
        "missing": {"evaluated": answer["evaluated"][:1]},
        "key": {"key_id": Answer("o", b"another!", parsed.evaluated, parsed.proof).to_json()["key_id"]},
        "shape": {"operator": None},
    }
    return answer | changes[how]


@pytest.mark.parametrize("how", ["proof", "element", "missing", "key", "shape"])
def test_an_answer_that_is_not_proved_gives_no_token(how: str) -> None:
    made = tokeniser(1)
    work = made.prepare([Identifiers(phone=["+8613800138000", "+8613900139000"])])
    with pytest.raises(FormatError) as refused:
        made.finish(work, [spoilt(evaluate(batch), how) for batch in work.batches])
    assert refused.value.code in {"proof_invalid", "scalar_invalid", "request_malformed"}
    assert len(made.prepare([Identifiers(phone="+8613800138000")]).batches) == 1


def test_without_a_trusted_manifest_there_is_nothing_to_blind_for() -> None:
    made = Tokeniser(PINS, "member-1", MEMBER)
    with pytest.raises(FormatError) as refused:
        made.prepare([Identifiers(phone="+8613800138000")])
    assert refused.value.code == "manifest_missing"


def test_history_is_kept_across_manifests_and_processes() -> None:
    made = tokeniser(1)
    first = manifest.parse(envelope(1))[0]
    assert made.trust(envelope(1, 2, seq=2, prev=first.hash), now=NOW).seq == 2
    with pytest.raises(FormatError) as refused:
        made.trust(envelope(1), now=NOW)
    assert refused.value.code == "manifest_fork"
    with pytest.raises(FormatError) as refused:
        tokeniser(1, last=Last(2, bytes(32)))
    assert refused.value.code == "manifest_fork"


def test_more_operators_than_one_are_refused_openly() -> None:
    with pytest.raises(FormatError) as refused:
        Tokeniser(Pins(REALM, PINS.operators, threshold=2), "member-1", MEMBER)
    assert refused.value.code == "operators_insufficient"


@pytest.mark.parametrize(
    "serialise", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps], ids=["pickle", "copy", "deepcopy", "json"]
)
def test_raw_identifiers_are_never_serialised(serialise: Any) -> None:  # noqa: ANN401 - any serialiser
    with pytest.raises(TypeError):
        serialise(Identifiers(phone="+8613800138000"))


def test_nothing_shows_a_raw_identifier_or_its_secrets() -> None:
    buyer = Identifiers(phone="+8613800138000", email="someone@example.com")
    work = tokeniser(1).prepare([buyer])
    shown = f"{buyer} {buyer!r} {work!r}"
    assert repr(buyer) == "Identifiers(phone=***, email=***)"
    assert not any(part in shown for part in ("13800138000", "someone", "example"))
    assert not hasattr(buyer, "__dict__")


def test_a_refused_identifier_names_its_kind_and_nothing_else() -> None:
    with pytest.raises(IdentifierRefused) as refused:
        Identifiers(phone="+8613800138000", email="not an address")
    assert (refused.value.code, refused.value.kind) == ("input_invalid", Kind.EMAIL)
    assert "address" not in str(refused.value)


def test_an_unknown_kind_is_refused_and_none_is_nothing() -> None:
    with pytest.raises(TypeError, match="fax"):
        Identifiers(fax="1")  # type: ignore[call-arg] # on purpose
    assert Identifiers(phone=None).reveal() == ()


def test_how_many_threads_stretch_changes_no_token() -> None:
    buyers = [Identifiers(phone=f"+86138{n:08}") for n in range(6)]
    assert texts(tokeniser(1, threads=1), buyers) == texts(tokeniser(1, threads=3), buyers)
