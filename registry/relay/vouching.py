"""What the relay puts its name to: that somebody controls a contact, said in tokens and for one sitting alone."""

from dataclasses import dataclass
from uuid import uuid4

from registry.clock import real_time
from registry.relay.contacts import Contact
from registry.relay.identity import Identity
from registry.relay.tokens import Tokens
from registry_formats import assertions, cfr1
from registry_formats.assertions import Assertion
from registry_formats.cfr1 import Kind


@dataclass(frozen=True, slots=True)
class Voucher:
    """Signs assertions.

    Args:
        tokens: makes tokens of contacts.
        who: signs.
        audience: the portal's address, the only one they are for.
    """

    tokens: Tokens
    who: Identity
    audience: str

    async def vouch(self, contact: Contact, nonce: str) -> str:
        """State that whoever sits there controls this contact. Unavailable as `Tokens.of`."""
        texts = await self.tokens.of(contact)
        assertion = Assertion(
            assertion_id=uuid4(),
            relay_id=self.who.member_id,
            audience=self.audience,
            nonce=nonce,
            kind=Kind(contact.kind.value),
            tokens=tuple(cfr1.parse(text) for text in texts),
            issued_at=int(real_time().timestamp()),
        )
        return assertions.sign(assertion, key=self.who.key, kid=self.who.kid)
