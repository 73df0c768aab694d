"""Which files are taken, who may see them, how long they are kept."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from registry.domain.appeal_case import Actor, AppealState, Party
from registry.domain.uploads import (
    ENDINGS,
    FILES_MOST,
    HEAD_BYTES,
    Expected,
    Work,
    check_entry,
    check_head,
    check_reader,
    check_room,
    check_whole,
    decided_until,
    type_of,
)
from registry.errors import Conflict, Denied, Malformed
from registry.policies import load

HEADS = {
    "application/pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
    "image/heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
    "image/jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "image/png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "image/webp": b"RIFF\x24\x00\x00\x00WEBPVP8 ",
    "video/mp4": b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2",
    "video/quicktime": b"\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  ",
}
STRANGE = (
    *(
        b"",
        b"<!doctype html><script>",
        b"<svg xmlns=",
        b"GIF89a",
        b"MZ\x90\x00",
        b"PK\x03\x04",
        b"\x7fELF",
        b"#!/bin/sh",
    ),
    *(b"RIFF\x24\x00\x00\x00AVI LIST", b"\xff\xd8", b" %PDF-1.7", b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1miaf"),
    b"\x00\x00\x00\x10ftypzzzz\x00\x00\x00\x00",
)


def test_every_type_on_the_list_is_known_by_its_first_bytes() -> None:
    assert HEADS.keys() == ENDINGS.keys()
    assert {media_type: type_of(head) for media_type, head in HEADS.items()} == {one: one for one in ENDINGS}
    assert max(map(len, HEADS.values())) <= HEAD_BYTES


@pytest.mark.parametrize("head", STRANGE)
def test_nothing_else_is_known(head: bytes) -> None:
    assert type_of(head) is None


@pytest.mark.parametrize("claimed", sorted(HEADS))
def test_a_file_is_what_it_says(claimed: str) -> None:
    expected = Expected(claimed, 1, bytes(32))
    check_head(expected, HEADS[claimed])
    for other in HEADS.keys() - {claimed}:
        with pytest.raises(Malformed, match="file_type_differs"):
            check_head(expected, HEADS[other])


def test_a_brand_of_its_makers_own_is_read_by_what_it_is_compatible_with() -> None:
    assert type_of(b"\x00\x00\x00\x18ftypACME\x00\x00\x00\x00isommp42") == "video/mp4"
    assert type_of(b"\x00\x00\x00\x08wide\x00\x00") == "video/quicktime"


@pytest.mark.parametrize(
    ("media_type", "size", "code"),
    [("text/html", 5, "file_type_refused"), ("image/png", 0, "file_too_large"), ("image/png", 11, "file_too_large")],
)
def test_what_could_never_be_stored_is_refused_before_it_is_sent(media_type: str, size: int, code: str) -> None:
    with pytest.raises(Malformed, match=code):
        check_entry(media_type, size, most=10)


def test_a_file_that_fits_may_come_and_there_is_room_for_so_many() -> None:
    check_entry("image/png", 10, most=10)
    check_room(FILES_MOST - 1)
    with pytest.raises(Conflict, match="files_too_many"):
        check_room(FILES_MOST)


@pytest.mark.parametrize(("size", "sha256"), [(4, b"s" * 32), (5, b"t" * 32)])
def test_other_bytes_than_the_announced_ones_are_refused(size: int, sha256: bytes) -> None:
    expected = Expected("image/png", 5, b"s" * 32)
    check_whole(expected, size=5, sha256=b"s" * 32)
    with pytest.raises(Malformed, match="file_differs"):
        check_whole(expected, size=size, sha256=sha256)


HOLDER, OTHER, SEATED = uuid4(), uuid4(), uuid4()


@pytest.mark.parametrize("state", AppealState)
@pytest.mark.parametrize("party", [Party.OFFICER, Party.REVIEWER, Party.SUPERVISOR, Party.PANEL, Party.AUDITOR])
@pytest.mark.parametrize("person", [HOLDER, OTHER, SEATED])
def test_only_who_decides_now_may_look(state: AppealState, party: Party, person: object) -> None:
    work = Work(state, HOLDER, frozenset({SEATED}))
    approves = state is AppealState.PENDING_APPROVAL and party in {Party.REVIEWER, Party.SUPERVISOR}
    sits = state is AppealState.SECOND_INSTANCE and person == SEATED
    actor = Actor(frozenset({party}), person)  # type: ignore[arg-type] # a UUID
    if person == HOLDER or approves or sits:
        check_reader(work, actor)
    else:
        with pytest.raises(Denied, match="appeal_not_held"):
            check_reader(work, actor)


def test_files_outlive_the_way_to_second_instance() -> None:
    policy, now = load()["cn"], datetime(2026, 12, 31, 12, tzinfo=UTC)
    assert decided_until(policy, now) == datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert now - decided_until(policy, now) > timedelta(days=180 + policy.clocks.evidence_kept_days)
