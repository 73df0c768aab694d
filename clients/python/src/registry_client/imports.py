"""File many reports, a part at a time, so that what is settled stays settled whatever happens next.

Each part is one request. A part sent again files nothing twice, because the member's own report reference is a natural
key: the second time its lines come back as `duplicate`, with the id of the first.
"""

import json
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

from registry_client._exchange import Call, Exchange, object_of
from registry_client._http import Flow, Reply
from registry_client.errors import Context, Fault, ImportStopped, RegistryClientError
from registry_client.reports import Author
from registry_client.vocabulary import OpenEnum
from registry_formats import canonical

Source: TypeAlias = "Path | Iterable[object]"
MOST_LINES = 100
MOST_BYTES = 512 * 1024
NDJSON = "application/x-ndjson"


class LineResult(OpenEnum):
    """What became of a line."""

    FILED = "filed"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Line:
    """One report of an import. `number` counts from 0; `code` and `faults` say why it was refused."""

    number: int
    result: LineResult
    report_id: UUID | None = None
    code: str = ""
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is. `next_line` is where to go on if it ends here; `lines` are those of the last part.

    Lines count from 0; blank ones do not count.
    """

    next_line: int
    filed: int = 0
    duplicates: int = 0
    refused: int = 0
    lines: tuple[Line, ...] = field(default=(), repr=False)

    def plus(self, lines: tuple[Line, ...]) -> "Progress":
        """Count another part."""
        counts = [sum(line.result == result for line in lines) for result in LineResult]
        filed, duplicates, refused = counts
        return Progress(
            self.next_line + len(lines), self.filed + filed, self.duplicates + duplicates, self.refused + refused, lines
        )


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a whole import; `refusals` are the lines to look into."""

    progress: Progress
    refusals: tuple[Line, ...] = ()


def run(
    source: Source,
    author: Author,
    exchange: Exchange,
    *,
    from_line: int,
    tell: Callable[[Progress], None],
    until: Callable[[], float],
) -> Flow[Imported]:
    """File every report of a source.

    Args:
        source: a file of NDJSON, or reports as mappings or dataclasses.
        author: signs each report.
        exchange: performs the calls.
        from_line: how many lines to pass over, settled by an earlier run.
        tell: called after each part.
        until: gives the time by which the next part must be answered.

    Raises:
        ImportStopped: the registry could not be reached, or refused a whole part, or a line cannot be read
            (`line_malformed`, with its number as the fault's place); go on at `next_line`.
    """
    progress, refusals = Progress(from_line), list[Line]()
    with closing(_parts(source, author, from_line)) as parts:
        for part in parts:
            first = progress.next_line
            call = Call("POST", "/v1/reports:import", _reader(first, len(part)), b"".join(part), NDJSON, keyed=True)
            try:
                lines = yield from exchange.perform(call, until=until())
            except RegistryClientError as error:
                raise ImportStopped(error.code, error.context, first) from error
            progress = progress.plus(lines)
            refusals += [line for line in lines if line.result == LineResult.REFUSED]
            tell(progress)
    return Imported(progress, tuple(refusals))


def _parts(source: Source, author: Author, from_line: int) -> Generator[list[bytes], None, None]:
    part: list[bytes] = []
    size = 0
    # Closed here, and not when the collector comes by: a line that cannot be read ends the reading of a file.
    with closing(_reports(source)) as reports:
        for number, report in islice(enumerate(reports), from_line, None):
            line = _signed(number, report, author, number - len(part))
            if part and (len(part) == MOST_LINES or size + len(line) > MOST_BYTES):
                yield part
                part, size = [], 0
            part.append(line)
            size += len(line)
    if part:
        yield part


def _signed(number: int, report: object, author: Author, unsettled: int) -> bytes:
    try:
        parsed = json.loads(report) if isinstance(report, bytes) else report
        return canonical.dumps({"statement": author.statement(parsed)}) + b"\n"
    except (ValueError, TypeError, RecursionError):
        # Told without the line itself, which may hold what must not reach a log.
        context = Context(faults=(Fault(f"/{number}", "line_malformed"),))
        raise ImportStopped("line_malformed", context, unsettled) from None


def _reports(source: Source) -> Generator[object, None, None]:
    """Give what there is, from a file line by line, unread."""
    if not isinstance(source, Path):
        yield from source
        return
    with source.open("rb") as file:
        yield from (line for line in file if line.strip())


def _reader(first: int, count: int) -> Callable[[Reply], tuple[Line, ...]]:
    def parse(reply: Reply) -> tuple[Line, ...]:
        lines = tuple(_line(first, entry) for entry in object_of(reply)["lines"])
        if [line.number for line in lines] != list(range(first, first + count)):
            raise ValueError
        return lines

    return parse


def _line(first: int, entry: Mapping[str, Any]) -> Line:
    report_id = entry.get("report_id")
    problem = entry.get("problem") or {}
    faults = tuple(Fault(fault["pointer"], fault["code"]) for fault in problem.get("errors", ()))
    result = LineResult(entry["result"])
    named = None if report_id is None else UUID(report_id)
    return Line(first + int(entry["line"]), result, named, problem.get("code", ""), faults)
