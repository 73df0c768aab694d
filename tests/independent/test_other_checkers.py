"""Checkers that nobody here wrote accept our log, and refuse it once a bit was changed.

Go's `sumdb/note` and `sumdb/tlog` (Debian: golang-go golang-golang-x-mod-dev), npm's `@sigstore/verify`, and PyPI's
`tlog-scales`. `pymerkle` checks the trees in tests/formats and tests/crypto.
"""

import os
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey
from tlog_scales.tlog import ConsistencyProof

from registry_formats.tiles import TileRef, tile_path
from tests.databases import ScratchDatabase
from tests.independent.copied import OLD_SIZES, ORIGIN, Copy, copy_log

pytestmark = pytest.mark.anyio
HERE = Path(__file__).parent
GO_PATH = Path("/usr/share/gocode")
SIGSTORE = "@sigstore/verify@4.1.3"
ENTRIES = 700


@pytest.fixture
async def copy(database: ScratchDatabase, tmp_path: Path) -> Copy:
    return await copy_log(database, tmp_path, entries=ENTRIES)


def go_checker(directory: Path) -> Callable[[Copy], subprocess.CompletedProcess[str]]:
    """Compile check.go against Debian's packages; no module is fetched."""
    if not shutil.which("go") or not (GO_PATH / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        pytest.skip("Go's checkers are not installed: apt-get install golang-go golang-golang-x-mod-dev")
    environment = {
        "PATH": os.environ["PATH"],
        "GO111MODULE": "off",
        "GOPATH": str(GO_PATH),
        "GOCACHE": str(directory / "go-cache"),
        "CGO_ENABLED": "0",
    }
    program = directory / "check"
    subprocess.run(["go", "build", "-o", program, HERE / "check.go"], check=True, env=environment, cwd=directory)

    def check(copy: Copy) -> subprocess.CompletedProcess[str]:
        # Type 0x04 alone: Go 1.19 has no ML-DSA.
        command: list[str | Path] = [program, copy.directory, copy.log.encode(), copy.witnesses[0]]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return check


def flip(path: Path, bit: int = 77) -> None:
    data = bytearray(path.read_bytes())
    data[bit // 8 % len(data)] ^= 1 << bit % 8
    path.write_bytes(data)


async def test_go_accepts_checkpoint_cosignature_tiles_leaves_and_every_proof(copy: Copy, tmp_path: Path) -> None:
    check = go_checker(tmp_path)
    accepted = check(copy)
    assert accepted.returncode == 0, accepted.stderr
    assert accepted.stdout == f"size {copy.size}, 1 cosigners, 7 inclusion proofs, 9 consistency proofs\n"
    files = ("tile/0/001", "tile/entries/001", "tile/1/000.p/2", "checkpoint", "consistency-257")
    for changed in (*files, f"inclusion-{copy.proved[0]}"):
        original = (copy.directory / changed).read_bytes()
        flip(copy.directory / changed)
        assert check(copy).returncode == 1, changed
        (copy.directory / changed).write_bytes(original)
    assert check(copy).returncode == 0


async def test_sigstore_for_node_accepts_checkpoint_and_inclusion(copy: Copy, tmp_path: Path) -> None:
    modules = node_modules(tmp_path)
    index = copy.proved[3]

    def check() -> subprocess.CompletedProcess[str]:
        command: list[str | Path] = ["node", HERE / "check.js", copy.directory, str(index), copy.log.encode()]
        environment = {"PATH": os.environ["PATH"], "NODE_PATH": str(modules)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    accepted = check()
    assert (accepted.returncode, accepted.stdout) == (0, f"{ORIGIN} {copy.size}\n"), accepted.stderr
    for changed in ("checkpoint", f"inclusion-{index}", f"tile/entries/{index // 256:03d}"):
        original = (copy.directory / changed).read_bytes()
        flip(copy.directory / changed, bit=8 * (2 + 170 * (index % 256) + 60) if "entries" in changed else 77)
        assert check().returncode == 1, changed
        (copy.directory / changed).write_bytes(original)


def node_modules(directory: Path) -> Path:
    """Install the package into a place of the test's own; what cannot be had is skipped, and says so."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not installed")
    command: list[str | Path] = [
        "npm",
        "install",
        "--prefix",
        directory,
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--prefer-offline",
        "--fetch-retries=0",
        SIGSTORE,
    ]
    try:
        installed = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    except subprocess.TimeoutExpired:
        pytest.skip(f"{SIGSTORE} could not be had within half a minute")
    if installed.returncode:
        pytest.skip(f"{SIGSTORE} cannot be had here")
    return directory / "node_modules"


async def test_tlog_scales_reads_the_copy_and_verifies_every_signature_and_root(copy: Copy) -> None:
    reader = TilesReader(LocalBackend(copy.directory))
    checkpoint = reader.get_checkpoint()
    for vkey in (copy.log.encode(), *copy.witnesses):
        checkpoint.verify(Vkey.from_string(vkey))
        with pytest.raises(InvalidSignature):
            replace(checkpoint, size=copy.size + 1).verify(Vkey.from_string(vkey))
    assert reader.mth(0, copy.size) == checkpoint.root_hash
    for old in OLD_SIZES:
        hashes = [b64decode(line) for line in copy.read(f"consistency-{old}").split()]
        ConsistencyProof(old, copy.size, hashes).check(reader.mth(0, old), checkpoint.root_hash)
    flip(copy.directory / tile_path(TileRef(0, 2, copy.size - 512)))
    reader = TilesReader(LocalBackend(copy.directory))
    assert reader.get_checkpoint().root_hash != reader.mth(0, copy.size)
