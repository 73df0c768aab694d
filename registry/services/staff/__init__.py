"""Staff: accounts and roles, credentials, signing in, sessions."""

from registry.services.staff.accounts import (
    end_sessions,
    grant,
    resume,
    revoke,
    suspend,
)
from registry.services.staff.desk import Desk, StaffKeys
from registry.services.staff.identities import Trip, bind, come_back, set_out, sign_in_as, unbind
from registry.services.staff.invitations import (
    Invitation,
    Invited,
    Newcomer,
    Presented,
    accept,
    invite,
    invite_again,
    peek,
    reset,
    show,
)
from registry.services.staff.own_account import Overview, choose, end_one, look
from registry.services.staff.passkeys import Answer, Ceremony, accept_with, begin_adding, begin_sign_in
from registry.services.staff.passkeys import add as add_passkey
from registry.services.staff.passkeys import remove as remove_passkey
from registry.services.staff.passkeys import sign_in as sign_in_with
from registry.services.staff.passwords import Passwords
from registry.services.staff.recoveries import Asked, approve, ask, refuse, waiting
from registry.services.staff.sessions import change_password, leave, recognise
from registry.services.staff.sign_in import Attempt, Opened, attempt, open_session
from registry.services.staff.sign_in import refuse as refuse_sign_in

__all__ = [
    "Answer",
    "Asked",
    "Attempt",
    "Ceremony",
    "Desk",
    "Invitation",
    "Invited",
    "Newcomer",
    "Opened",
    "Overview",
    "Passwords",
    "Presented",
    "StaffKeys",
    "Trip",
    "accept",
    "accept_with",
    "add_passkey",
    "approve",
    "ask",
    "attempt",
    "begin_adding",
    "begin_sign_in",
    "bind",
    "change_password",
    "choose",
    "come_back",
    "end_one",
    "end_sessions",
    "grant",
    "invite",
    "invite_again",
    "leave",
    "look",
    "open_session",
    "peek",
    "recognise",
    "refuse",
    "refuse_sign_in",
    "remove_passkey",
    "reset",
    "resume",
    "revoke",
    "set_out",
    "show",
    "sign_in_as",
    "sign_in_with",
    "suspend",
    "unbind",
    "waiting",
]
