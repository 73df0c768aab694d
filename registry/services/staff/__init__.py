"""Staff: accounts and roles, credentials, signing in, sessions."""

from registry.services.staff.accounts import (
    end_sessions,
    grant,
    resume,
    revoke,
    suspend,
)
from registry.services.staff.desk import Desk, StaffKeys
from registry.services.staff.invitations import (
    Invitation,
    Invited,
    Newcomer,
    Presented,
    accept,
    invite,
    invite_again,
    reset,
    show,
)
from registry.services.staff.passwords import Passwords
from registry.services.staff.recoveries import Asked, approve, ask, refuse, waiting
from registry.services.staff.sessions import change_password, leave, recognise
from registry.services.staff.sign_in import Attempt, Opened, attempt, open_session

__all__ = [
    "Asked",
    "Attempt",
    "Desk",
    "Invitation",
    "Invited",
    "Newcomer",
    "Opened",
    "Passwords",
    "Presented",
    "StaffKeys",
    "accept",
    "approve",
    "ask",
    "attempt",
    "change_password",
    "end_sessions",
    "grant",
    "invite",
    "invite_again",
    "leave",
    "open_session",
    "recognise",
    "refuse",
    "reset",
    "resume",
    "revoke",
    "show",
    "suspend",
    "waiting",
]
