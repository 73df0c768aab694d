"""The keys of the log's writers, for whoever opens details."""

from collections.abc import Mapping

from registry.crypto.sealed import writer_key_context
from registry.masters.protocol import Master
from registry_formats.errors import FormatError


class WriterKeys:
    """Writers' keys, each unwrapped once, when it is first needed.

    Args:
        master: what wrapped them.
        wrapped: by writer, as kept.
    """

    def __init__(self, master: Master, wrapped: Mapping[int, bytes]) -> None:
        self._master = master
        self._wrapped = dict(wrapped)
        self._plain: dict[int, bytes] = {}

    def has(self, writer_id: int) -> bool:
        """Tell whether the key of a writer was kept."""
        return writer_id in self._wrapped

    def of(self, writer_id: int) -> bytes:
        """Return the key-encryption key of a writer, 32 bytes; FormatError `key_missing` or `sealed_mismatch`."""
        if writer_id not in self._plain:
            wrapped = self._wrapped.get(writer_id)
            if wrapped is None:
                raise FormatError("key_missing")
            self._plain[writer_id] = self._master.unwrap(wrapped, writer_key_context(writer_id))
        return self._plain[writer_id]
