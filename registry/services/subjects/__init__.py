"""Subjects: sessions by proof of control, one's own file, score, looks, statement and warnings; members' links."""

from registry.services.subjects.desk import Desk, SubjectKeys
from registry.services.subjects.file import File, LooksAt, Record, explain, looks_at, read, touched
from registry.services.subjects.links import Issued, issue
from registry.services.subjects.sessions import (
    Opened,
    Proof,
    leave,
    open_by_link,
    open_session,
    recognise,
    renew,
    widen,
)
from registry.services.subjects.weighing import Weighed, WhatIf

__all__ = [
    "Desk",
    "File",
    "Issued",
    "LooksAt",
    "Opened",
    "Proof",
    "Record",
    "SubjectKeys",
    "Weighed",
    "WhatIf",
    "explain",
    "issue",
    "leave",
    "looks_at",
    "open_by_link",
    "open_session",
    "read",
    "recognise",
    "renew",
    "touched",
    "widen",
]
