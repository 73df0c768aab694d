"""The tables of docs/staff.md and docs/webhooks.md say what the rules do."""

import re
from datetime import timedelta
from pathlib import Path

from registry.api.webhook_description import describe
from registry.domain import sign_in_limits as limits
from registry.domain.access import Scope
from registry.domain.recoveries import RECOVERY_LIFE
from registry.domain.staff import COMPATIBLE, FRESH, GRANTED_BY, INVITATION_LIFE, SESSION_ABSOLUTE, SESSION_IDLE, Role
from registry.domain.webhooks import RETRY_AFTER, Event

DOCS = Path(__file__).parents[2] / "docs"
_UNITS = {"s": 1, "min": 60, "h": 3600}


def rows(name: str, columns: int) -> list[list[str]]:
    """Return the rows of all tables of a page that have so many columns."""
    lines = [line for line in (DOCS / name).read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if len(row) == columns]


def test_roles_are_documented_as_they_are() -> None:
    documented = {row[0].strip("`"): row for row in rows("staff.md", 4) if row[0].startswith("`")}
    assert documented.keys() == set(Role)
    for role in Role:
        _, _, together, granter = documented[role]
        assert set(re.findall(r"`(\w+)`", together)) == COMPATIBLE[role] - {role}
        assert set(re.findall(r"`(\w+)`", granter)) == GRANTED_BY[role]


def test_limits_of_sign_in_and_sessions_are_documented_as_they_are() -> None:
    text = (DOCS / "staff.md").read_text(encoding="utf-8")
    window = f"within {limits.WINDOW // timedelta(minutes=1)} minutes"
    for most, what in (
        (limits.MOST_BY_PAIR, "refusals of one account from one address"),
        (limits.MOST_BY_ADDRESS, "refusals from one address"),
        (limits.MOST_BY_STRANGERS, "refusals of one account"),
    ):
        assert f"{most} {what} {window}" in text
    assert f"within {limits.FAMILIAR.days} days" in text
    assert f"after {SESSION_IDLE // timedelta(minutes=1)} minutes of silence" in text
    assert f"after {SESSION_ABSOLUTE // timedelta(hours=1)}\nhours" in text
    assert INVITATION_LIFE.days == 7
    assert RECOVERY_LIFE.days == 3
    assert f"within the last {FRESH // timedelta(minutes=1)} minutes" in text
    assert "within three days" in text
    assert "for seven days" in text


def test_events_are_documented_as_they_are() -> None:
    names = [row[0].strip("`") for row in rows("webhooks.md", 2) if re.fullmatch(r"`[a-z]+\.[a-z_]+`", row[0])]
    assert names == sorted(Event) == list(describe())


def test_the_schedule_is_documented_as_it_is() -> None:
    (delays,) = [row[1:] for row in rows("webhooks.md", len(RETRY_AFTER) + 1) if row[0] == "after"]
    seconds = [int(number) * _UNITS[unit] for number, unit in (delay.split() for delay in delays)]
    assert [timedelta(seconds=one) for one in seconds] == list(RETRY_AFTER)


def test_scopes_are_documented() -> None:
    assert {row[0].strip("`") for row in rows("api.md", 2)} >= set(Scope)
