"""J2: a phone number, an e-mail address and an identity number, planted in every string of every operation.

Each is refused or kept nowhere: no answer repeats it, no log holds it, no table does, no file of any process does.
Inside a signed report, where the registry seals what it keeps and nobody could find it again, each must be refused.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx

from registry.demo import filings
from registry.demo.by_hand import ByHand
from registry.demo.cast import CASES, HARBOUR
from registry.demo.stage import Stage, running
from registry.store import embedded
from registry_client import claim_reference
from tests.journeys import planting
from tests.journeys.j03_once import signed
from tests.journeys.planting import FORM, JSON, Attempt

PLANTED = ("+86 139 7531 8642", "planted.person@mail.example.net", "110101197508172145")
# What would betray each, however it is spelt.
NEEDLES = ("13975318642", "139 7531 8642", "139%207531", "planted.person", "110101197508172145")
REFUSED = {"raw_identifier_refused", "request_invalid", "report_refused"}
_TABLES = """
    SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""


@dataclass(slots=True)
class Watch:
    """Sends requests, and keeps every answer."""

    client: httpx.Client
    sign_in: ByHand
    sent: int = 0
    echoed: list[str] = field(default_factory=list)

    def send(self, attempt: Attempt) -> httpx.Response:
        """Send an attempt as the member."""
        headers = self.sign_in.headers() | {"content-type": attempt.media_type} | dict(attempt.headers)
        request = self.client.build_request(
            attempt.method.upper(),
            attempt.path,
            params=dict(attempt.query) or None,
            headers={name: value for name, value in headers.items() if value},
            json=attempt.body if attempt.media_type == JSON else None,
            data=attempt.body if attempt.media_type == FORM else None,
            content=str(attempt.body) if attempt.media_type not in {JSON, FORM, ""} else None,
        )
        answer = self.client.send(request)
        self.sent += 1
        said = answer.text + repr(answer.headers)
        self.echoed += [f"{attempt.where}: {needle}" for needle in NEEDLES if needle in said]
        return answer


def play(directory: Path) -> None:
    """Plant, then look everywhere."""
    data = directory / "data"
    with running(data) as stage:
        stage.admit(HARBOUR, group="Harbour", claims_per_day=100_000)
        with httpx.Client(base_url=stage.base_url, timeout=30) as client:
            watch = Watch(client, ByHand(stage, HARBOUR))
            document = client.get("/openapi.json").json()
            for planted in PLANTED:
                for attempt in planting.attempts(document, planted):
                    watch.send(attempt)
            refusals = {where: _code(answer) for where, answer in _in_reports(stage, watch)}
        wrong = {where: code for where, code in refusals.items() if code not in REFUSED}
        assert not wrong, wrong
        assert not watch.echoed, watch.echoed
        assert watch.sent > len(PLANTED) * sum(len(path) for path in document["paths"].values())
        found = asyncio.run(_in_tables(data))
        assert not found, found
    found = list(_in_files(data))
    assert not found, found


def _in_reports(stage: Stage, watch: Watch) -> Iterator[tuple[str, httpx.Response]]:
    """Plant in every string of a report that is signed as it should be."""
    case = CASES[0]
    with stage.member(HARBOUR) as client:
        tokens = client.tokenise(case.buyer.identifiers(case.order))
        claim = claim_reference(bytes(32), "claim-1")
        report = filings.write(case, tokens, claim, stage.now().date())
    sound = Attempt("sound", "post", "/v1/reports:check", media_type=JSON, body=signed(stage, report))
    assert watch.send(sound).status_code == httpx.codes.OK, "a report without anything planted must stand"
    for planted in PLANTED:
        for at in planting.strings(report):
            spoiled = planting.planted_at(report, at, planted)
            attempt = Attempt(f"{planted} {at}", "post", "/v1/reports", media_type=JSON, body=signed(stage, spoiled))
            yield attempt.where, watch.send(attempt)


def _code(answer: httpx.Response) -> str:
    return str(answer.status_code) if answer.is_success else str(answer.json()["code"])


async def _in_tables(data: Path) -> list[str]:
    """Look into every row of every table, as the superuser."""
    found = []
    with embedded.start(data) as instance:
        connection = await asyncpg.connect(instance.dsn(user=embedded.SUPERUSER))
        try:
            tables = [row["name"] for row in await connection.fetch(_TABLES)]
            assert "public.report" in tables
            for table in tables:
                query = f"SELECT one::text AS row FROM {table} one"  # noqa: S608 - the database's own names
                text = "\n".join(row["row"] for row in await connection.fetch(query))
                found += [f"{table}: {n}" for n in NEEDLES if n in text or n.encode().hex() in text]
        finally:
            await connection.close()
    return found


def _in_files(data: Path) -> Iterator[str]:
    """Look into every file of every process, the database's own and its write-ahead log included."""
    for path in sorted(data.rglob("*")):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            yield from (f"{path.relative_to(data)}: {needle}" for needle in NEEDLES if needle.encode() in content)
