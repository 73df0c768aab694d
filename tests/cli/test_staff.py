"""`registry staff` on a real database: what it prints once, what it changes, what a dry run leaves."""

from functools import partial

import pytest
from anyio.to_thread import run_sync

from tests.cli.test_commands import Run, run, told
from tests.databases import ScratchDatabase
from tests.recorded import fetch

__all__ = ["run"]


def test_a_link_is_shown_once_and_a_later_one_is_another(run: Run) -> None:
    shown = told(run("staff", "add", "lin.wei", "--role", "officer", "--role", "reviewer", "--json"))
    where, _, secret = shown["link"].rpartition("/")
    assert where.endswith("/console/invitation")
    assert len(secret) == 43
    (listed,) = told(run("staff", "list", "--json"))
    assert listed == {
        "id": shown["id"],
        "name": "lin.wei",
        "roles": ["officer", "reviewer"],
        "status": "active",
        "member_id": None,
    }
    again = told(run("staff", "reset", "lin.wei", "--json"))
    assert again["id"] == shown["id"]
    assert again["link"] != shown["link"]


def test_a_dry_run_shows_no_secret_and_changes_nothing(run: Run) -> None:
    dry = told(run("staff", "add", "lin.wei", "--role", "officer", "--dry-run", "--json"))
    assert dry["dry_run"]
    assert "link" not in dry
    assert told(run("staff", "list", "--json")) == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["add", "lin.wei", "--role", "operator", "--role", "officer"], "roles_incompatible"),
        (["add", "Lin Wei"], "staff_name_refused"),
        (["add", "mei"], "staff_exists"),
        (["add", "bo", "--role", "member"], "roles_incompatible"),
        (["add", "bo", "--role", "member", "--member", "Nobody"], "member_unknown"),
        (["grant", "mei", "auditor"], "role_held"),
        (["grant", "mei", "officer"], "roles_incompatible"),
        (["revoke", "mei", "officer"], "role_not_held"),
        (["resume", "mei"], "staff_active"),
        (["suspend", "nobody"], "staff_unknown"),
    ],
)
def test_what_the_rules_forbid_is_refused_with_its_code(run: Run, arguments: list[str], code: str) -> None:
    told(run("staff", "add", "mei", "--role", "auditor", "--json"))
    refused = run("staff", *arguments)
    assert refused.exit_code == 1
    assert code in refused.stderr


@pytest.mark.anyio
async def test_every_step_leaves_an_entry(run: Run, database: ScratchDatabase) -> None:
    steps = (
        *(["add", "mei"], ["grant", "mei", "auditor"], ["revoke", "mei", "auditor"], ["suspend", "mei"]),
        *(["resume", "mei"], ["end-sessions", "mei"], ["reset", "mei"]),
    )
    for step in steps:
        told(await run_sync(partial(run, "staff", *step, "--json")))
    rows = await fetch(database.dsn(), "SELECT count(*) FROM audit.entry WHERE type = 4")
    assert rows[0][0] == len(steps)
