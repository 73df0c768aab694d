"""The registry's own keys: made once, read by name, shown to nobody."""

import os
from pathlib import Path

import pytest

from registry import keys
from registry.errors import Misconfigured
from registry.keys import API_KEYS, KEY_BYTES, WORKER_KEYS, KeyName
from tests.launching import as_ordinary

ALL = [*KeyName, keys.pepper_name(1)]


def refusal(directory: Path, *names: KeyName) -> Misconfigured:
    with pytest.raises(Misconfigured) as refused:
        keys.load(directory, names)
    return refused.value


def test_keys_are_random_private_and_complete(tmp_path: Path) -> None:
    keys.generate(tmp_path / "keys", ALL)
    held = keys.load(tmp_path / "keys", KeyName)
    secrets = [held[name] for name in KeyName] + [held.peppers[1]]
    assert len(set(secrets)) == len(ALL)
    assert all(len(secret) == KEY_BYTES for secret in secrets)
    assert keys.existing(tmp_path / "keys") == sorted(ALL)
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert all((tmp_path / "keys" / name).stat().st_mode & 0o777 == 0o600 for name in ALL)


def test_a_key_is_never_overwritten_and_none_is_made_beside_it(tmp_path: Path) -> None:
    keys.generate(tmp_path, [KeyName.TAGS])
    before = (tmp_path / KeyName.TAGS).read_bytes()
    with pytest.raises(Misconfigured, match="key_exists"):
        keys.generate(tmp_path, ALL)
    assert (tmp_path / KeyName.TAGS).read_bytes() == before
    assert keys.existing(tmp_path) == [KeyName.TAGS]


def test_the_api_never_loads_the_logs_key_and_the_worker_no_key_of_the_api(tmp_path: Path) -> None:
    keys.generate(tmp_path, ALL)
    (tmp_path / KeyName.LOG).unlink()
    held = keys.load(tmp_path, API_KEYS)
    with pytest.raises(KeyError):
        held[KeyName.LOG]
    assert KeyName.ACCESS_TOKENS not in WORKER_KEYS
    assert len(keys.log_public_key(tmp_path)) == 32


def test_the_published_half_belongs_to_the_logs_key(tmp_path: Path) -> None:
    keys.generate(tmp_path, ALL)
    assert keys.log_public_key(tmp_path) == keys.load(tmp_path, [KeyName.LOG]).public(KeyName.LOG)


def test_a_missing_key_names_itself_and_the_cure(tmp_path: Path) -> None:
    refused = refusal(tmp_path, KeyName.TAGS)
    assert refused.code == "key_missing"
    assert "registry keys generate" in refused.message
    assert str(tmp_path / "tags") in refused.message
    with pytest.raises(Misconfigured, match="key_missing"):
        keys.log_public_key(tmp_path)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    keys.generate(tmp_path, ALL)
    (tmp_path / KeyName.TAGS).chmod(mode)
    assert refusal(tmp_path, KeyName.TAGS).code == "key_exposed"


def test_a_key_of_another_length_is_refused(tmp_path: Path) -> None:
    keys.generate(tmp_path, ALL)
    (tmp_path / "pepper-1").write_bytes(b"short")
    assert refusal(tmp_path).code == "key_malformed"
    (tmp_path / "log.pub").write_bytes(b"short")
    with pytest.raises(Misconfigured, match="key_malformed"):
        keys.log_public_key(tmp_path)


def test_peppers_are_found_by_epoch_and_other_files_are_not_keys(tmp_path: Path) -> None:
    keys.generate(tmp_path, [keys.pepper_name(2), keys.pepper_name(10)])
    for name in ("pepper-0", "pepper-01", "pepper-x", "notes.txt"):
        (tmp_path / name).write_text("no key")
    assert list(keys.load(tmp_path, []).peppers) == [2, 10]
    assert keys.load(tmp_path, [], peppers=False).peppers == {}
    assert keys.existing(tmp_path / "nowhere") == []


def test_keys_do_not_show_themselves(tmp_path: Path) -> None:
    keys.generate(tmp_path, ALL)
    held = keys.load(tmp_path, KeyName)
    assert repr(held) == "Keys()"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another account")
@pytest.mark.parametrize(
    "use", ["load(place, keys.API_KEYS)", "existing(place)", "refuse_existing(place, [])", "log_public_key(place)"]
)
def test_keys_of_another_account_are_refused_as_such(data_dir: Path, use: str) -> None:
    keys.generate(data_dir / "keys", ALL)
    program = f"import sys, pathlib; from registry import keys; place = pathlib.Path(sys.argv[1]); keys.{use}"
    done = as_ordinary(program, str(data_dir / "keys"))
    assert "Misconfigured: key_unreadable: " in done.stderr
    assert "run as the account that owns it" in done.stderr
