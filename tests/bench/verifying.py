"""A copied log of a million entries, verified offline by `registry-client` on one core (platform.md, section 3)."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from registry_formats.bundles import ENTRY_BYTES, bundle_path
from tests.log_files import KEY, leaf, write_log

ENTRIES = 1_000_000
_WORST = 654_321
_MOST_MEGABYTES = 500


def entries_per_s() -> float:
    """Return how many entries a second are read, hashed and compared; a flipped byte must be named, too."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        write_log(directory, map(leaf, range(ENTRIES)))
        seconds, said = _verify(directory)
        assert (said["outcome"], said["checks"][0]["size"]) == ("good", ENTRIES), said
        bundle = directory / bundle_path(_WORST // 256, 256)
        data = bytearray(bundle.read_bytes())
        data[_WORST % 256 * ENTRY_BYTES + 99] ^= 1
        bundle.write_bytes(data)
        _, said = _verify(directory)
        assert [fault["index"] for fault in said["checks"][0]["faults"]] == [_WORST], said
    megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    sys.stderr.write(f"  {seconds:.1f} s, {megabytes:.0f} MB\n")
    assert megabytes < _MOST_MEGABYTES, megabytes
    return ENTRIES / seconds


def _verify(directory: Path) -> tuple[float, dict[str, Any]]:
    command = [sys.executable, "-m", "registry_client.cli.app", "log", "verify", str(directory)]
    started = time.perf_counter()
    done = subprocess.run(
        [*command, "--key", KEY.vkey.encode(), "--json", "--quiet"], capture_output=True, check=False, text=True
    )
    return time.perf_counter() - started, json.loads(done.stdout)
