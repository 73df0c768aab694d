"""`registry log export`: the log as one file that proves itself, written as it is read."""

import asyncio
import getpass
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from registry import keys, masters
from registry.api.export_stream import Exporter, Office
from registry.cli.databases import auditor_url, check_auditor, check_schema, databases, owner_url
from registry.cli.operating import open_trail
from registry.cli.output import JsonOption, done
from registry.clock import real_time
from registry.domain.audit_filters import Because, Filter
from registry.domain.events import Act
from registry.domain.ids import Purpose
from registry.domain.raw_identifiers import looks_raw
from registry.keys import KeyName
from registry.pulse import Pulse
from registry.services.auditing import Desk
from registry.services.auditing.exports import Asked
from registry.settings import Settings, read_settings
from registry.store.database import Database
from registry_formats.exports import ExportFormat
from registry_formats.leaf import LeafType

_TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]
_REASON_MOST = 500


class AuditPurpose(StrEnum):
    """Why a log may be exported."""

    APPEAL = Purpose.APPEAL.value
    SUBJECT_ACCESS = Purpose.SUBJECT_ACCESS.value
    AUDIT_SAMPLE = Purpose.AUDIT_SAMPLE.value


@dataclass(frozen=True, slots=True)
class _Order:
    asked: Asked
    out: Path


def export(
    out: Annotated[Path, typer.Option(help="The file to write; it must not exist.", dir_okay=False)],
    purpose: Annotated[AuditPurpose, typer.Option(help="Q3: an appeal, Q4: for the subject, Q5: an audit.")],
    reason: Annotated[str, typer.Option(help="Why, in a sentence; it stands in the log and in the export.")],
    file_format: Annotated[ExportFormat, typer.Option("--format", help="How rows are written.")] = ExportFormat.JSONL,
    since: Annotated[datetime | None, typer.Option("--from", formats=_TIMES, help="From this time on, UTC.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=_TIMES, help="Before this time, UTC.")] = None,
    member: Annotated[UUID | None, typer.Option(help="What this member did.")] = None,
    type_name: Annotated[str | None, typer.Option("--type", help="A type of entry, such as query.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Export the log, or what a filter leaves of it, as a tar that `registry-client export verify` checks offline."""
    if out.exists() or not out.parent.is_dir():
        raise typer.BadParameter("is there already, or its directory is not; an export is never overwritten.")
    if not 0 < len(reason) <= _REASON_MOST or looks_raw(reason):
        raise typer.BadParameter(f"give a reason of up to {_REASON_MOST} characters that names no person.")
    wanted = Filter(member=member, type=_type(type_name), since=_utc(since), until=_utc(until))
    order = _Order(Asked(wanted, file_format, Because(Purpose(purpose), reason)), out)
    settings = read_settings()
    with databases(settings) as reachable:
        check_schema(reachable)
        check_auditor(reachable)
        exporter = asyncio.run(_export(reachable, order))
    facts = {"export_id": str(exporter.id), "rows": exporter.rows, "file": str(out), "bytes": out.stat().st_size}
    done(f"Exported {exporter.rows} entries.", facts, as_json=as_json, dry_run=False)


async def _export(settings: Settings, order: _Order) -> Exporter:
    async with _office(settings) as office:
        act = Act(real_time(), str(uuid4()), operator=getpass.getuser())
        exporter = await office.begin(order.asked, act=act)
        # Until it is whole it has another name, and what broke off keeps that one.
        part = order.out.with_name(f"{order.out.name}.part")
        with part.open("wb") as file, _progress(exporter) as shown:
            task = shown.add_task("entries", total=exporter.total)
            async for piece in exporter.stream():
                file.write(piece)
                shown.update(task, completed=exporter.looked)
            file.flush()
            os.fsync(file.fileno())
        part.rename(order.out)
        return exporter


@asynccontextmanager
async def _office(settings: Settings) -> AsyncIterator[Office]:
    held = keys.load(settings.keys_path, [KeyName.TAGS], peppers=False)
    master = masters.find(settings.master_key, settings.keys_path)
    reads, writes = Database(auditor_url(settings), pool_size=1), Database(owner_url(settings), pool_size=1)
    try:
        async with writes.write() as session:
            trail = await open_trail(session, held, master, process="operator")
        pulse = Pulse(writes, trail, real_time, process="operator")
        await pulse.begin()
        desk = Desk(trail, master, held[KeyName.TAGS], secrets.token_bytes, {})
        try:
            yield Office(reads, writes, desk, real_time, settings.realm)
        finally:
            await pulse.close()
    finally:
        await reads.close()
        await writes.close()


def _progress(exporter: Exporter) -> Progress:
    """Show how many places of the log have been looked at, of how many, where somebody sees it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    return Progress(*columns, console=console, disable=not console.is_terminal or exporter.total == 0)


def _type(name: str | None) -> LeafType | None:
    if name is None:
        return None
    try:
        return LeafType[name.upper()]
    except KeyError:
        known = ", ".join(one.name.lower() for one in LeafType)
        raise typer.BadParameter(f"a type is one of {known}.") from None


def _utc(at: datetime | None) -> datetime | None:
    return at and (at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC))
