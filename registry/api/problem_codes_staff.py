"""What the problem codes of staff mean, and what the caller can do."""

from collections.abc import Mapping

STAFF: Mapping[str, tuple[str, str]] = {
    "code_wrong": (
        "The code of the authenticator did not fit.",
        "Take the secret into the app again, wait for the next code, and repeat it.",
    ),
    "identity_taken": (
        "Another account is bound to this sign-in already.",
        "Ask whoever runs the registry; one person has one account.",
    ),
    "invitation_refused": (
        "The invitation was not taken up.",
        "Check the code of the authenticator, and the countersign if you were given one.",
    ),
    "invitation_unknown": (
        "There is no such invitation, or not any more.",
        "Ask whoever invited you for another link; each works once and for seven days.",
    ),
    "last_way_in": (
        "This is the only way in which the account can sign in.",
        "Add another way first.",
    ),
    "passkey_not_added": (
        "The passkey was not added.",
        "Begin again. The device has to verify you, and must hold none of this account already.",
    ),
    "passkey_refused": ("The passkey was not accepted.", "Begin again; if it goes on, sign in another way."),
    "passkey_unknown": ("There is no such passkey.", "Check the list of your passkeys."),
    "provider_away": (
        "The provider of the sign-in cannot be reached, or says that it is another one.",
        "Try again later, or sign in another way.",
    ),
    "provider_refused": (
        "The provider's sign-in was not accepted.",
        "Begin again. An account has to be bound to it first, by its owner, at the account's page.",
    ),
    "recovery_open": ("Somebody has asked for this already.", "Have another person approve or refuse it."),
    "recovery_step_refused": ("This recovery is over.", "Ask for another one."),
    "recovery_unknown": ("There is no such recovery.", "Check the list of those that wait."),
    "sign_in_not_fresh": (
        "This needs a sign-in of the last ten minutes.",
        "Sign out, sign in again, and repeat it.",
    ),
    "staff_enrolled": (
        "The account has something to sign in with already.",
        "If its owner lost it, ask for a recovery.",
    ),
    "own_account": ("This cannot be done to one's own account.", "Ask a colleague who may do it."),
    "password_weak": (
        "The password is too easily guessed.",
        "Choose 12 to 128 characters, at least 6 of them different, without the account's name.",
    ),
    "password_wrong": (
        "The present password is not right.",
        "Check it and repeat the request; the attempt was recorded.",
    ),
    "role_held": ("The account has this role already.", "Nothing needs to be done."),
    "role_missing": (
        "This operation needs a role that the account does not have.",
        "See the roles in the facts; the attempt was recorded.",
    ),
    "role_not_held": ("The account does not have this role.", "Nothing needs to be done."),
    "role_not_yours_to_grant": (
        "This role is not yours to give or to take away.",
        "Ask who is in charge of it; docs/staff.md says who that is.",
    ),
    "roles_incompatible": (
        "One account may not hold these roles together.",
        "Give the role to another person; docs/staff.md has the table.",
    ),
    "staff_active": ("The account is not suspended.", "Nothing needs to be done."),
    "staff_exists": ("An account of this name exists.", "Choose another name."),
    "staff_name_refused": (
        "This cannot be the name of an account.",
        "Choose 2 to 60 small letters, digits, dots, underscores and hyphens, a letter first.",
    ),
    "staff_session_expired": ("The session has ended by itself.", "Sign in again at /v1/staff/sessions."),
    "staff_session_invalid": ("There is no such session.", "Sign in again at /v1/staff/sessions."),
    "staff_session_missing": (
        "No staff session was sent.",
        "Sign in at /v1/staff/sessions and send the bearer as Authorization: Bearer.",
    ),
    "staff_sign_in_refused": (
        "The sign-in was refused.",
        "Check name, password and code, wait for the next code, and try again; more is not said on purpose.",
    ),
    "staff_suspended": ("The account is suspended already.", "Nothing needs to be done."),
    "staff_unknown": ("There is no such account.", "Check the id."),
}
