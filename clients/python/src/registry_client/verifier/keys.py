"""The keys an auditor brings along: vkeys (C2SP signed-note), sorted by what their names say they are for."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from registry_formats.notes import VerifierKey, parse_vkey
from registry_formats.trust_policy import TrustPolicy

# A key of the log signs all its shards: `<registry>/audit`, or the name of any one of them.
_LOG = re.compile(r"(?P<log>.+/audit)(?:/[0-9]{4}h[12]\.[1-9][0-9]{0,8})?", re.ASCII)
_RECEIPTS = "/receipts"


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys that were got apart from what they check, and who must have cosigned it (None: nobody)."""

    known: tuple[VerifierKey, ...]
    policy: TrustPolicy | None = None

    @classmethod
    def read(cls, vkeys: Iterable[str], policy: TrustPolicy | None = None) -> "Keys":
        """Parse vkeys; `vkey_malformed`."""
        return cls(tuple(parse_vkey(text) for text in vkeys), policy)

    def of_log(self, origin: str) -> tuple[VerifierKey, ...]:
        """Give the keys that may sign checkpoints of this shard, each under the shard's name."""
        names = {origin, _log_name(origin)}
        mine = (key for key in self.known if key.name == origin or _log_name(key.name) in names)
        return tuple(VerifierKey(origin, public) for public in dict.fromkeys(key.public_key for key in mine))

    @property
    def of_receipts(self) -> tuple[VerifierKey, ...]:
        """Give the keys that may sign receipts."""
        return tuple(key for key in self.known if key.name.endswith(_RECEIPTS))


def _log_name(name: str) -> str:
    match = _LOG.fullmatch(name)
    return match["log"] if match else name
