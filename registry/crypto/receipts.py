"""Issue receipts (`registry_formats.receipts`) fast enough to stand in every answer."""

from base64 import b64encode
from hashlib import sha256

from registry.crypto.checkpoint import SigningKey
from registry_formats.errors import FormatError
from registry_formats.leaf import LEAF_BYTES
from registry_formats.receipts import HEADER, MMD_SECONDS

_ENTRY_ID = slice(4, 20)
_T_MS = slice(20, 28)


class ReceiptSigner:
    """Sign receipts with one key; what does not change from one to the next is computed here, once."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key
        self._prefix = f"\n— {key.name} "
        self._key_id = key.vkey.key_id

    def issue(self, leaf: bytes) -> str:
        """Promise that this leaf (168 bytes, as `registry.crypto.leaves.build` made it) will be in the log."""
        if len(leaf) != LEAF_BYTES:
            raise FormatError("leaf_malformed")
        leaf_hash = b64encode(sha256(b"\x00" + leaf).digest()).decode()
        digits, t_ms = leaf[_ENTRY_ID].hex(), int.from_bytes(leaf[_T_MS])
        entry = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
        text = f"{HEADER}\n{leaf_hash}\n{entry}\n{t_ms}\nmmd {MMD_SECONDS}\n"
        signature = b64encode(self._key_id + self._key.sign(text.encode())).decode()
        return f"{text}{self._prefix}{signature}\n"
