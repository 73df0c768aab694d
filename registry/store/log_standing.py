"""How far the log is signed and witnessed, as one statement sees it."""

from dataclasses import dataclass

from sqlalchemy import text

from registry.store.database import ReadSession

_STANDING = text("""
    WITH signed AS (
        SELECT shard_id, size, t_ms FROM audit.checkpoint ORDER BY shard_id DESC, size DESC LIMIT 1
    )
    SELECT shard.origin, signed.size, signed.t_ms, cosigned.size AS cosigned, cosigned.witnesses, cosigned.t_s
    FROM signed JOIN audit.shard ON shard.id = signed.shard_id
    LEFT JOIN LATERAL (
        SELECT size, count(DISTINCT (key_name, key_id)) AS witnesses, min(t_s) AS t_s FROM audit.cosignature
        WHERE shard_id = signed.shard_id
            AND size = (SELECT max(size) FROM audit.cosignature WHERE shard_id = signed.shard_id)
        GROUP BY size
    ) AS cosigned ON true
""")
_SEALED = text("""
    SELECT t_ms FROM audit.checkpoint WHERE shard_id = :shard_id AND size > :idx ORDER BY size LIMIT 1
""")


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest checkpoint, and the newest one that witnesses cosigned, with how many of them did.

    Times are Unix milliseconds and, of the earliest of these cosignatures, seconds.
    """

    origin: str
    size: int
    t_ms: int
    cosigned: int | None
    witnesses: int
    t_s: int | None


async def read(session: ReadSession) -> Standing | None:
    """Read how far the newest tree is signed; None before the first checkpoint."""
    row = (await session.execute(_STANDING)).one_or_none()
    if row is None:
        return None
    return Standing(row.origin, row.size, row.t_ms, row.cosigned, row.witnesses or 0, row.t_s)


async def sealed_ms(session: ReadSession, *, shard_id: int, idx: int) -> int | None:
    """Read when the first checkpoint was signed that covers this place, in Unix milliseconds; None while none does."""
    return (await session.execute(_SEALED, {"shard_id": shard_id, "idx": idx})).scalar_one_or_none()
