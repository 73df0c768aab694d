"""Canary questions: an auditor asks as a member does, so that nobody can tell, and later looks for every one of them.

What an operator answers and never writes into its log leaves no gap there. A question that the auditor asked itself
shows it: its receipt was signed, and either a proof follows, or the receipt is evidence. The people asked about are
made up, under a domain that cannot exist, and tokens do not show that.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from registry.clock import Clock, moved_time, real_time
from registry.errors import Misconfigured
from registry_client import Client, FileCheckpoints, FileReceipts, Identifiers, Options, Trust, claim_reference

JOURNAL = "canaries.jsonl"
_KEY_BYTES = 32
_WITHIN = 20.0


@dataclass(frozen=True, slots=True)
class Canary:
    """One question that was asked: its entry, its leaf (168 bytes), and when."""

    entry_id: UUID
    leaf: bytes
    asked_at: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What became of the canaries.

    Args:
        proved: how many entries are proved to a member.
        waiting: how many may still be on their way.
        broken: codes of what failed to be proved; the evidence lies beside the journal.
        hidden: entries that are proved to a member, and that an auditor is not shown, or shown otherwise.
    """

    proved: int
    waiting: int
    broken: tuple[str, ...]
    hidden: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Disguise:
    """The member as whom an auditor asks, and what it keeps of its questions."""

    client: Client
    receipts: FileReceipts
    journal: Path


def open_member(directory: Path, journal: Path) -> Disguise:
    """Open the SDK as the member whose `member.json` and `member.key` lie in a directory.

    Args:
        directory: as `registry sandbox admit` makes it; a live member writes the same facts down by hand.
        journal: where receipts, checkpoints and evidence are kept.

    Errors: Misconfigured `member_files_unusable`.
    """
    try:
        facts = json.loads((directory / "member.json").read_text())
        key = load_pem_private_key((directory / "member.key").read_bytes(), None)
        clock: Clock = moved_time(Path(facts["clock"])) if "clock" in facts else real_time
        options = Options(
            checkpoints=FileCheckpoints(journal / "checkpoints"),
            receipts=(receipts := FileReceipts(journal)),
            registry_clock=lambda: clock().timestamp(),
        )
        client = Client(
            facts["base_url"], facts["member_id"], cast("Ed25519PrivateKey", key), Trust(**facts["trust"]), options
        )
    except (OSError, ValueError, TypeError, KeyError):
        message = f"{directory} must hold member.json and member.key, as `registry sandbox admit` writes them."
        raise Misconfigured("member_files_unusable", message) from None
    return Disguise(client, receipts, journal)


def ask(this: Disguise, count: int, now: datetime) -> list[Canary]:
    """Ask about so many made-up people, and write each question down before the next one is asked."""
    asked = []
    for _ in range(count):
        nobody = Identifiers(email=f"{secrets.token_hex(12)}@canary.invalid")
        claim = claim_reference(secrets.token_bytes(_KEY_BYTES), secrets.token_hex(8))
        receipt = this.client.query(nobody, claim).receipt
        canary = Canary(receipt.receipt.entry_id, receipt.leaf, now.isoformat())
        line = {"asked_at": canary.asked_at, "entry_id": str(canary.entry_id), "leaf": canary.leaf.hex()}
        with (this.journal / JOURNAL).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        asked.append(canary)
    return asked


def read(journal: Path) -> list[Canary]:
    """Read all that was ever asked. Misconfigured `journal_missing`."""
    try:
        lines = [json.loads(line) for line in (journal / JOURNAL).read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        message = f"{journal / JOURNAL}: {type(error).__name__}. Ask first: `registry audit canary ask`."
        raise Misconfigured("journal_missing", message) from None
    return [Canary(UUID(line["entry_id"]), bytes.fromhex(line["leaf"]), line["asked_at"]) for line in lines]


def look(this: Disguise, canaries: Sequence[Canary], shown: Mapping[UUID, bytes], *, within: float = _WITHIN) -> Looked:
    """Demand the proof of each receipt that is due, as a member, and compare it with what an auditor is shown.

    Args:
        this: as whom they were asked.
        canaries: all that were ever asked.
        shown: the leaves of these entries as the auditor's own view of the log has them.
        within: seconds to wait for those that are missing, together.
    """
    broken = tuple(error.code for error in this.client.prove_due(within=within).broken)
    pending = {filed.receipt.entry_id for filed in this.receipts.pending()}
    proved = [one for one in canaries if one.entry_id not in pending]
    hidden = tuple(one.entry_id for one in proved if shown.get(one.entry_id) != one.leaf)
    return Looked(len(proved), len(pending) - len(broken), broken, hidden)
