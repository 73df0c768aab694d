"""Staff: accounts and roles, credentials, signing in, sessions."""

from registry.services.staff.accounts import (
    Enrolment,
    add,
    end_sessions,
    grant,
    reset,
    resume,
    revoke,
    suspend,
)
from registry.services.staff.desk import Desk, StaffKeys
from registry.services.staff.passwords import Passwords
from registry.services.staff.sessions import change_password, leave, recognise
from registry.services.staff.sign_in import Attempt, Opened, attempt, open_session

__all__ = [
    "Attempt",
    "Desk",
    "Enrolment",
    "Opened",
    "Passwords",
    "StaffKeys",
    "add",
    "attempt",
    "change_password",
    "end_sessions",
    "grant",
    "leave",
    "open_session",
    "recognise",
    "reset",
    "resume",
    "revoke",
    "suspend",
]
