"""An operator's secrets and the manifest over them: private, durable, one history."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry.errors import Misconfigured
from registry.keyholder import operator
from registry.keyholder.keys import Keyring
from registry.keyholder.operator import Operator
from registry_formats import manifest
from registry_formats.errors import FormatError
from registry_formats.manifest import Last, Pins, parse
from tests.keyholder.asking import REALM, Clock, prepare


def pins(directory: Path) -> Pins:
    signer = Ed25519PrivateKey.from_private_bytes((directory / "operator.key").read_bytes())
    return Pins(REALM, {"operator-1": signer.public_key()})


def refusal(directory: Path, clock: Clock) -> str:
    with pytest.raises(Misconfigured) as refused:
        Operator(directory, clock)
    return refused.value.code


def test_secrets_are_for_their_owner_alone(tmp_path: Path) -> None:
    prepare(tmp_path / "operator", Clock().now)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "operator").rglob("*")}
    assert modes["operator.key"] == modes["00001.seed"] == 0o600
    assert modes["seeds"] == stat.S_IMODE((tmp_path / "operator").stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["operator.key", "seeds/00001.seed"])
def test_a_secret_that_others_may_read_stops_the_start(tmp_path: Path, name: str) -> None:
    prepare(tmp_path, Clock().now)
    (tmp_path / name).chmod(0o640)
    assert refusal(tmp_path, Clock()) == "secret_exposed"


def test_an_operator_is_made_once(tmp_path: Path) -> None:
    prepare(tmp_path, Clock().now)
    with pytest.raises(Misconfigured) as refused:
        operator.init(tmp_path, REALM, epochs=[1], now=Clock().now)
    assert refused.value.code == "operator_exists"


@pytest.mark.parametrize("epochs", [[0], [65536]])
def test_an_epoch_outside_its_range_is_refused_before_anything_is_written(tmp_path: Path, epochs: list[int]) -> None:
    with pytest.raises(FormatError):
        operator.init(tmp_path, REALM, epochs=epochs, now=Clock().now)
    assert not (tmp_path / "realm.json").exists()


def test_two_processes_cannot_share_a_directory(tmp_path: Path) -> None:
    prepare(tmp_path, Clock().now)
    first = Operator(tmp_path, Clock())
    assert refusal(tmp_path, Clock()) == "directory_in_use"
    first.close()
    Operator(tmp_path, Clock()).close()


def test_the_manifest_stays_until_it_is_due_and_its_successor_names_it(tmp_path: Path) -> None:
    clock = Clock()
    prepare(tmp_path, clock.now)
    running = Operator(tmp_path, clock)
    first = running.manifest()
    clock.forward(days=14)
    assert running.manifest() == first
    clock.forward(days=2)
    second = manifest.accept(
        running.manifest(), pins(tmp_path), now=int(clock.now.timestamp()), last=Last(1, parse(first)[0].hash)
    )
    assert (second.seq, second.prev) == (2, parse(first)[0].hash)
    running.close()
    again = Operator(tmp_path, clock)
    assert parse(again.manifest())[0] == second
    again.close()


def test_an_epoch_that_is_opened_and_destroyed_enters_and_leaves_the_manifest(tmp_path: Path) -> None:
    clock = Clock()
    key = prepare(tmp_path, clock.now)
    both = parse(operator.open_epoch(tmp_path, 2, now=clock.now))[0]
    assert (both.epochs, both.seq) == ((1, 2), 2)
    assert both.key(1, key.kind) == key
    rest = parse(operator.destroy_epoch(tmp_path, 1, now=clock.now))[0]
    assert (rest.epochs, rest.seq, rest.prev) == ((2,), 3, both.hash)
    assert [path.name for path in (tmp_path / "seeds").iterdir()] == ["00002.seed"]
    assert Keyring(tmp_path).epochs == [2]


def test_an_epoch_is_opened_once_and_destroyed_once(tmp_path: Path) -> None:
    clock = Clock()
    prepare(tmp_path, clock.now)
    with pytest.raises(Misconfigured) as opened:
        operator.open_epoch(tmp_path, 1, now=clock.now)
    with pytest.raises(Misconfigured) as destroyed:
        operator.destroy_epoch(tmp_path, 2, now=clock.now)
    assert (opened.value.code, destroyed.value.code) == ("epoch_exists", "epoch_unknown")


def test_a_member_can_pin_the_operators_public_key(tmp_path: Path) -> None:
    prepare(tmp_path, Clock().now)
    assert Keyring(tmp_path).public == pins(tmp_path).operators["operator-1"]
