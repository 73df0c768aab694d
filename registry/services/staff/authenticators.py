"""What a browser's authenticator is asked and what it answers, as the library for Web Authentication has it.

In a module of its own, because the library weighs six megabytes: it is loaded by whoever sees a passkey.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

_REQUIRED = UserVerificationRequirement.REQUIRED
# What the library says of an answer that is none, and what escapes it: base64 that is none, JSON that is too deep.
_UNREADABLE = (WebAuthnException, ValueError, RecursionError)


class Made(NamedTuple):
    """A new passkey: its id, its public key, and how often it has signed."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


class Used(NamedTuple):
    """A passkey that somebody says to have: its id, its owner, and the rest, which is still to be checked."""

    credential_id: bytes
    owner: bytes | None
    credential: AuthenticationCredential


@dataclass(frozen=True, slots=True)
class Authenticators:
    """The authenticators of whoever comes to this site.

    Args:
        host: of the site; passkeys are bound to it.
        origin: of its pages.
        name: of the site, for people.
    """

    host: str
    origin: str
    name: str

    def ask_any(self, challenge: bytes) -> str:
        """Write the options (JSON) that ask for any passkey of this site."""
        return options_to_json(
            generate_authentication_options(rp_id=self.host, challenge=challenge, user_verification=_REQUIRED)
        )

    def ask_new(self, challenge: bytes, owner: bytes, name: str, has: Collection[bytes]) -> str:
        """Write the options (JSON) that ask for a new passkey; an authenticator that `has` one already makes none."""
        options = generate_registration_options(
            rp_id=self.host,
            rp_name=self.name,
            user_id=owner,
            user_name=name,
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in has],
        )
        return options_to_json(options)

    def made(self, challenge: bytes, answer: str) -> Made | None:
        """Check what was made (section 7.1)."""
        try:
            verified = verify_registration_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self.host,
                expected_origin=self.origin,
                require_user_verification=True,
            )
        except _UNREADABLE:
            return None
        return Made(verified.credential_id, verified.credential_public_key, verified.sign_count)

    @staticmethod
    def read(answer: str) -> Used | None:
        """Read who says to be there with which passkey."""
        try:
            given = parse_authentication_credential_json(answer)
        except _UNREADABLE:
            return None
        return Used(given.raw_id, given.response.user_handle, given)

    def count(self, challenge: bytes, used: Used, public_key: bytes, sign_count: int) -> int | None:
        """Check who is there (section 7.2); return how often the passkey has signed by now."""
        try:
            verified = verify_authentication_response(
                credential=used.credential,
                expected_challenge=challenge,
                expected_rp_id=self.host,
                expected_origin=self.origin,
                credential_public_key=public_key,
                credential_current_sign_count=sign_count,
                require_user_verification=True,
            )
        except _UNREADABLE:
            return None
        return verified.new_sign_count
