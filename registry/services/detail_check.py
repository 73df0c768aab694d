"""Open what is sealed beside each leaf and hold it against the leaf's commitments, and the columns against both.

Who checks this needs the registry's own keys, which an auditor from outside does not have (audit-log.md section 5).
"""

from collections.abc import Iterator
from uuid import UUID

from registry.crypto.sealed import detail_context, key_context, unseal, unwrap_key
from registry.services.trail import REGISTRY, TrailKeys, writer_key
from registry.store.database import ReadSession
from registry.store.log_details import Detailed, read_details
from registry_formats.errors import FormatError
from registry_formats.leaf import Detail, Group, Leaf, check_opening, decode_leaf, decode_opening


async def changed(session: ReadSession, *, keys: TrailKeys) -> list[UUID]:
    """List the entries whose details, columns or tags are not what their leaf commits to."""
    return [one.id async for one in read_details(session) if not _is_whole(one, keys)]


def _is_whole(entry: Detailed, keys: TrailKeys) -> bool:
    try:
        leaf = decode_leaf(entry.leaf)
        found = dict(_open(entry, leaf, writer_key(keys.key_encryption, leaf.writer_id)))
    except FormatError:
        return False
    org, subject = found[Group.ORG], found.get(Group.SUBJECT)
    columns = {
        "member": str(entry.member_id or REGISTRY),
        "outcome": entry.outcome,
        "purpose": entry.purpose or "",
        # The first release did not write it.
        "action": entry.action or org["action"],
    }
    # Shredded subjects have lost their tags too.
    is_tagged = subject is None or _tags(subject) == {tag.hex() for tag in entry.tags}
    return columns.items() <= org.items() and is_tagged


def _open(entry: Detailed, leaf: Leaf, kek: bytes) -> Iterator[tuple[Group, Detail]]:
    """Open each group that still can be; FormatError when one is not what the leaf commits to."""
    month = (entry.month_key_id.bytes, entry.month_wrapped)
    own = (entry.id.bytes, entry.wrapped)
    for group, (key_id, wrapped), sealed in (
        (Group.ORG, month, entry.sealed_org),
        (Group.STAFF, month, entry.sealed_staff),
        (Group.SUBJECT, own, entry.sealed_subject),
        (Group.CONTENT, own, entry.sealed_content),
    ):
        if wrapped is None:
            if key_id == entry.id.bytes and entry.is_shredded:
                continue
            raise FormatError("key_missing")
        key = unwrap_key(kek, wrapped, key_context(key_id))
        opening = decode_opening(unseal(key, sealed, detail_context(entry.id.bytes, group)))
        check_opening(leaf, group, opening)
        yield group, opening.detail


def _tags(subject: Detail) -> set[str]:
    tags = subject.get("tags")
    return {str(tag) for tag in tags} if isinstance(tags, list) else set()
