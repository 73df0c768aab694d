"""What the relay keeps survives crashes, and belongs to one process."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from registry.errors import Misconfigured, QuotaExceeded, Unavailable
from registry.relay import identity
from registry.relay.attempts import REQUESTS, WINDOW_SECONDS, WRONG_CONTACTS, Attempts
from registry.relay.contacts import ContactKind
from registry.relay.journal import Delivered, Fate, Journal, Undelivered

MEMBER = UUID(int=100)
ONE = Delivered(
    UUID(int=1), MEMBER, UUID(int=10), ContactKind.PHONE, "file", ("a", "b"), datetime(2026, 11, 21, 12, 0, 1, 5, UTC)
)
TWO = Delivered(
    UUID(int=2), MEMBER, UUID(int=10), ContactKind.EMAIL, "file", ("c",), datetime(2026, 11, 21, 13, tzinfo=UTC)
)


def reopened(journal: Journal, directory: Path) -> Journal:
    journal.close()
    return Journal(directory)


def test_what_was_delivered_and_not_settled_is_there_after_a_restart(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.deliver(ONE)
    journal.deliver(TWO)
    journal.settle(ONE.notice_id, "recorded")
    again = reopened(journal, tmp_path)
    assert again.pending == (TWO,)
    again.settle(TWO.notice_id, "report_step_refused")
    assert reopened(again, tmp_path).pending == ()


def test_a_pending_delivery_is_found_by_report_and_any_of_its_tokens(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.deliver(ONE)
    assert journal.find(ONE.report_id, ("b", "new epoch")) == ONE
    assert journal.find(ONE.report_id, ("c",)) is None
    assert journal.find(uuid4(), ONE.tokens) is None


def test_who_was_still_being_tried_is_lost_with_the_process_and_the_member_is_told(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    waiting = Undelivered(ONE.notice_id, MEMBER, ONE.report_id, ONE.kind, Fate.RETRYING, ONE.served_at)
    gone = replace(waiting, notice_id=UUID(int=3), fate=Fate.UNREACHABLE)
    later = replace(waiting, notice_id=TWO.notice_id)
    for one in (waiting, gone, later):
        journal.fail(one)
    journal.deliver(TWO)
    assert journal.undelivered(MEMBER, ONE.report_id) == (waiting, gone)
    again = reopened(journal, tmp_path)
    assert again.undelivered(MEMBER, ONE.report_id) == (replace(waiting, fate=Fate.LOST), gone)
    assert reopened(again, tmp_path).undelivered(MEMBER, ONE.report_id)[0].fate is Fate.LOST
    assert again.undelivered(uuid4(), ONE.report_id) == again.undelivered(MEMBER, uuid4()) == ()


def test_a_letter_that_comes_back_is_said_to_have_bounced_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.deliver(ONE)
    journal.settle(ONE.notice_id, "recorded")
    for at in (TWO.served_at, TWO.served_at + timedelta(days=1)):
        assert journal.bounce(ONE.notice_id, at) == ONE
    assert journal.bounce(uuid4(), TWO.served_at) is None
    found = reopened(journal, tmp_path).undelivered(MEMBER, ONE.report_id)
    assert [(one.fate, one.at) for one in found] == [(Fate.BOUNCED, TWO.served_at)]


def test_half_a_line_of_a_crash_is_cut_off_and_writing_goes_on(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.deliver(ONE)
    with (tmp_path / "journal.jsonl").open("ab") as file:
        file.write(b'{"notice": "000')
    again = reopened(journal, tmp_path)
    again.deliver(TWO)
    assert reopened(again, tmp_path).pending == (ONE, TWO)


@pytest.mark.parametrize("line", [b"nonsense\n", b"{}\n", b'{"notice": "x"}\n', b"[]\n"])
def test_a_line_that_is_no_delivery_stops_the_start(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "journal.jsonl").write_bytes(line)
    with pytest.raises(Misconfigured, match="journal_damaged"):
        Journal(tmp_path)


def test_two_processes_do_not_share_a_directory(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with pytest.raises(Misconfigured, match="directory_in_use"):
        Journal(tmp_path)
    assert reopened(journal, tmp_path).pending == ()


def test_after_a_failed_write_nothing_more_is_promised(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.close()
    journal._descriptor = os.open(tmp_path / "journal.jsonl", os.O_RDONLY)
    with pytest.raises(Unavailable, match="journal_unavailable"):
        journal.deliver(ONE)
    with pytest.raises(Unavailable, match="journal_unavailable"):
        journal.check()


def test_others_may_not_read_the_journal(tmp_path: Path) -> None:
    Journal(tmp_path / "relay")
    assert (tmp_path / "relay").stat().st_mode & 0o077 == 0
    assert (tmp_path / "relay" / "journal.jsonl").stat().st_mode & 0o077 == 0


def test_a_relay_knows_who_it_is_once_it_has_joined(tmp_path: Path) -> None:
    jwk = identity.create(tmp_path, b"s" * 32)
    with pytest.raises(Misconfigured, match="relay_not_joined"):
        identity.load(tmp_path)
    member = uuid4()
    operator = identity.load_key(tmp_path).public_key().public_bytes_raw()
    identity.join(tmp_path, member, realm="registry.test", operators={"operator-1": operator})
    who = identity.load(tmp_path)
    assert (who.member_id, who.kid, who.pins.realm) == (member, jwk["kid"], "registry.test")
    assert list(who.pins.operators) == ["operator-1"]
    assert "Ed25519PrivateKey" not in repr(who)


def test_a_relays_key_is_neither_overwritten_nor_shared(tmp_path: Path) -> None:
    identity.create(tmp_path, b"s" * 32)
    with pytest.raises(Misconfigured, match="relay_exists"):
        identity.create(tmp_path, b"t" * 32)
    (tmp_path / "member.key").chmod(0o644)
    with pytest.raises(Misconfigured, match="relay_key_exposed"):
        identity.public_jwk(tmp_path)
    (tmp_path / "member.key").unlink()
    with pytest.raises(Misconfigured, match="relay_key_missing"):
        identity.public_jwk(tmp_path)


def test_a_member_may_ask_so_often_and_mistake_a_contact_a_few_times() -> None:
    now = 0.0
    attempts, alpha, beta, report = Attempts(lambda: now), uuid4(), uuid4(), uuid4()
    for _ in range(WRONG_CONTACTS):
        attempts.check(alpha, report)
        attempts.count_wrong(alpha, report)
    with pytest.raises(QuotaExceeded) as caught:
        attempts.check(alpha, report)
    assert caught.value.facts["retry_after"] == WINDOW_SECONDS + 1
    attempts.check(beta, report)
    for _ in range(REQUESTS - WRONG_CONTACTS):
        attempts.check(alpha, uuid4())
    with pytest.raises(QuotaExceeded):
        attempts.check(alpha, uuid4())
    now = WINDOW_SECONDS
    attempts.check(alpha, report)
