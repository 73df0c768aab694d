"""A PKCS#11 token in software (SoftHSM), for as long as a test needs one."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

LIBRARIES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
PIN = "246813"
TOKEN = "registry test"


@dataclass(frozen=True, slots=True)
class SoftHsm:
    """A token: the library that speaks for it, and the file with its PIN."""

    library: str
    pin_file: Path

    def uri(self, label: str = "kek", **changes: str) -> str:
        """Name a key on this token (RFC 7512)."""
        parts = {"token": TOKEN.replace(" ", "%20"), "library": self.library, "pin": f"pin-source=file:{self.pin_file}"}
        token, library, pin = (parts | changes).values()
        return f"pkcs11:token={token};object={label}?module-path={library}&{pin}"


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> SoftHsm:
    """Make a token; skipped, visibly, where SoftHSM is not installed (`apt-get install softhsm2`)."""
    library = next((path for path in LIBRARIES if Path(path).exists()), None)
    tool = shutil.which("softhsm2-util")
    if library is None or tool is None:
        pytest.skip("SoftHSM is not installed: apt-get install softhsm2")
    place = tmp_path_factory.mktemp("softhsm")
    (place / "tokens").mkdir()
    (place / "softhsm2.conf").write_text(f"directories.tokendir = {place}/tokens\nobjectstore.backend = file\n")
    (place / "pin").write_text(f"{PIN}\n")
    os.environ["SOFTHSM2_CONF"] = str(place / "softhsm2.conf")
    new = (tool, "--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", "135724")
    subprocess.run(new, check=True, capture_output=True)
    return SoftHsm(library, place / "pin")
