"""`registry log witnesses`: who of the policy answers, and how far each has seen the newest shard."""

import asyncio

import typer

from registry import keys
from registry.cli.databases import auditor_url, check_tables, databases
from registry.cli.output import JsonOption, show, warn
from registry.errors import Misconfigured
from registry.settings import read_settings
from registry.store import cosignatures
from registry.store.database import Database
from registry.witnesses import NOTHING_SEEN, Seen, Witnesses, read_policy
from registry_formats.notes import VerifierKey
from registry_formats.trust_policy import TrustPolicy

UNMET = 1


def witnesses(as_json: JsonOption = False) -> None:
    """Ask each witness of the policy how far it has seen the log; exit 1 where those that answer are too few."""
    settings = read_settings()
    if settings.witness_policy is None:
        raise Misconfigured("witness_policy_invalid", "Set REGISTRY_WITNESS_POLICY; docs/witnesses.md has an example.")
    policy, public = read_policy(settings.witness_policy), keys.log_public_key(settings.keys_path)
    with databases(settings, reading=True) as reachable:
        check_tables(auditor_url(reachable))
        seen = asyncio.run(_look(auditor_url(reachable), policy, public))
    rows = [
        {
            "witness": one.witness.name,
            "address": one.witness.url,
            "size": one.checkpoint.size if one.checkpoint else None,
            "reason": one.reason or None,
        }
        for one in seen
    ]
    show(rows, as_json=as_json)
    if not policy.quorum({one.witness.key for one in seen if one.checkpoint or one.reason == NOTHING_SEEN}):
        warn("Too few answer to meet the quorum.")
        raise typer.Exit(UNMET)


async def _look(url: str, policy: TrustPolicy, public: bytes) -> list[Seen]:
    database = Database(url, pool_size=1)
    asked = Witnesses(database, policy)
    try:
        async with database.read() as session:
            origin = (await cosignatures.get_shard(session, None)).origin
        return await asked.look(origin, (VerifierKey(origin, public),))
    finally:
        await asked.close()
        await database.close()
