"""What a data directory was made for: files `mode` and `realm`, written once and never contradicted."""

import json
from pathlib import Path

from registry.errors import Misconfigured
from registry.settings import Mode, Settings


def check(settings: Settings, *, reading: bool = False) -> None:
    """Refuse to run made-up and real records, or two realms, in one data directory.

    `reading` is True for a command that only reads, which is the same in both modes.

    Errors: Misconfigured `mode_differs`, `realm_differs`.
    """
    mode, realm = _text(settings.data_dir / "mode"), _realm(settings)
    if mode is not None and mode != settings.mode and not reading:
        message = f"{settings.data_dir} belongs to a registry in mode {mode}; set REGISTRY_MODE={mode}, or name another"
        raise Misconfigured("mode_differs", f"{message} directory with REGISTRY_DATA_DIR.")
    if realm is not None and realm != settings.realm:
        message = f"{settings.data_dir} was made for the realm {realm}, which can never change; set"
        raise Misconfigured("realm_differs", f"{message} REGISTRY_REALM={realm}, or another REGISTRY_DATA_DIR.")


def settle(settings: Settings) -> None:
    """Write down what the data directory is for; raises as `check` does where that was settled differently."""
    check(settings)
    (settings.data_dir / "mode").write_text(f"{settings.mode}\n")
    (settings.data_dir / "realm").write_text(f"{settings.realm}\n")


def was_sandbox(settings: Settings) -> bool:
    """Say whether `registry up` runs, or ran, a sandbox here."""
    return _text(settings.data_dir / "mode") == Mode.SANDBOX


def _realm(settings: Settings) -> str | None:
    """Return the realm that is marked, or that the key operator was made for, where either is here."""
    if (marked := _text(settings.data_dir / "realm")) is not None:
        return marked
    made = _text(settings.keyholder_path / "realm.json")
    return None if made is None else str(json.loads(made)["realm"])


def _text(path: Path) -> str | None:
    """Return what a mark says; None where there is none, or where it is not this account's to read."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return None
