"""Files for an appeal: what may be sent in, that it is what it says it is, and for how long it is kept (domain.md 7).

The type is claimed by the sender and shown by the first bytes; both must agree, and both must be on the list. Nothing
here is ever drawn or run by the registry: a file is stored sealed and handed out as an attachment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from registry.domain.appeal_case import Actor, AppealState, AppealStep, Party
from registry.domain.policy import Policy
from registry.domain.retention import add_months
from registry.errors import Conflict, Denied, Malformed

# From the start of a file, what `check_head` needs.
HEAD_BYTES = 64
FILES_MOST = 20  # of each side, or one could leave the other no room


class Fate(StrEnum):
    """What one side finds of a file that was put forward; what was announced and never sent has none."""

    HERE = "here"
    WITHHELD = "withheld"  # for others
    DESTROYED = "destroyed"  # its time is over


# Nobody is at work on such an appeal; a decided one may still go to second instance.
OVER = frozenset({AppealState.INADMISSIBLE, AppealState.WITHDRAWN_BY_SUBJECT, AppealState.CLOSED_EXTERNAL})
_FTYP = slice(4, 8)
_HEIC = frozenset({b"heic", b"heim", b"heis", b"heix", b"hevc", b"hevx", b"mif1", b"msf1"})
_MP4 = frozenset(
    {
        *(b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash", b"mmp4"),
        *(b"M4V ", b"M4VH", b"M4VP", b"MSNV", b"3gp4", b"3gp5", b"3gp6", b"3g2a"),
    }
)
_QUICKTIME_ATOMS = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip"})
# The ending of a file's name, by its type: the whole list of what is taken.
ENDINGS: Mapping[str, str] = MappingProxyType(
    {
        "application/pdf": "pdf",
        "image/heic": "heic",
        "image/jpeg": "jpg",
        "image/png": "png",
        "image/webp": "webp",
        "video/mp4": "mp4",
        "video/quicktime": "mov",
    }
)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a file must turn out to be: as its entry in the manifest says."""

    media_type: str
    size: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Work:
    """Who is at work on an appeal: its holder, and the panel."""

    state: AppealState
    holder: UUID | None
    seated: frozenset[UUID] = frozenset()


def check_entry(media_type: str, size: int, *, most: int) -> None:
    """Refuse what could never be stored, before a byte of it is sent. Malformed `file_type_refused`, `file_too_large`.

    Args:
        media_type: as claimed.
        size: in bytes.
        most: the registry's bound, in bytes.
    """
    if media_type not in ENDINGS:
        raise Malformed("file_type_refused")
    if not 0 < size <= most:
        raise Malformed("file_too_large", facts={"most": most})


def check_open(work: Work) -> None:
    """Refuse a file for an appeal that is over for good. Conflict `appeal_step_refused`."""
    if work.state in OVER:
        raise Conflict("appeal_step_refused", facts={"state": work.state, "step": AppealStep.ADD_EVIDENCE})


def check_room(files: int) -> None:
    """Refuse one file too many of one side. Conflict `files_too_many`."""
    check_manifest(files + 1)


def check_manifest(entries: int) -> None:
    """Refuse more in the manifest than one side may send files for. Conflict `files_too_many`."""
    if entries > FILES_MOST:
        raise Conflict("files_too_many", facts={"most": FILES_MOST})


def check_head(expected: Expected, head: bytes) -> None:
    """Hold the first bytes of a file, `HEAD_BYTES` of them or all there are, against its type.

    Errors: Malformed `file_type_differs`.
    """
    if type_of(head) != expected.media_type:
        raise Malformed("file_type_differs")


def check_whole(expected: Expected, *, size: int, sha256: bytes) -> None:
    """Hold a file against its entry once all of it is here. Malformed `file_differs`."""
    if size != expected.size or sha256 != expected.sha256:
        raise Malformed("file_differs")


def check_reader(work: Work, staff: Actor) -> None:
    """Let staff see the files of an appeal that is theirs to decide, now. Denied `appeal_not_held`.

    Its holder may; whoever is to approve a draft, while there is one; and the panel in session.
    """
    approves = work.state is AppealState.PENDING_APPROVAL and staff.parties & {Party.REVIEWER, Party.SUPERVISOR}
    seated = work.state is AppealState.SECOND_INSTANCE and staff.staff_id in work.seated
    if work.holder != staff.staff_id and not approves and not seated:
        raise Denied("appeal_not_held")


def decided_until(policy: Policy, now: datetime) -> datetime:
    """Return the moment: what was decided by then is past second instance, and its files have been kept long enough."""
    clocks = policy.clocks
    kept = now - timedelta(days=clocks.evidence_kept_days)
    return kept - (kept.date() - add_months(kept.date(), -clocks.second_instance_ask_months))


def type_of(head: bytes) -> str | None:
    """Return the type that the first bytes of a file show; None for any that is not on the list."""
    for signature, media_type in (
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"%PDF-", "application/pdf"),
    ):
        if head.startswith(signature):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return _box(head)


def _box(head: bytes) -> str | None:
    """Read the first box of an ISO base media file (ISO/IEC 14496-12, section 4.3), or QuickTime's older form."""
    if head[_FTYP] in _QUICKTIME_ATOMS:
        return "video/quicktime"
    if head[_FTYP] != b"ftyp":
        return None
    end = min(int.from_bytes(head[:4]), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))]
    for known, media_type in ((_HEIC, "image/heic"), ({b"qt  "}, "video/quicktime"), (_MP4, "video/mp4")):
        if brands[0] in known:
            return media_type
    # A brand of its maker's own in front, and what it is compatible with behind it.
    return "video/mp4" if _MP4 & set(brands[1:]) and not _HEIC & set(brands[1:]) else None
