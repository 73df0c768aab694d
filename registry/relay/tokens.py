"""From a contact to its tokens, with the code that members use; nothing of the contact is cached."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime

from registry.clock import real_time
from registry.errors import Fault, Malformed, RegistryError, Unavailable
from registry.relay.contacts import Contact, ContactKind
from registry.relay.identity import Identity
from registry.relay.registry_api import RegistryApi
from registry_client.tokens import Identifiers, Tokeniser, Work
from registry_formats.errors import FormatError

_KEPT_SECONDS = 300.0


class Tokens:
    """Tokenises contacts for every live epoch.

    Args:
        api: forwards blinded elements to the key operator.
        identity: the relay as the key operator knows it.
        clock: the real time; key operators know no other.
    """

    def __init__(self, api: RegistryApi, identity: Identity, clock: Callable[[], datetime] = real_time) -> None:
        self._api = api
        self._clock = clock
        # Not even a keyed hash of a contact outlives its request.
        self._tokeniser = Tokeniser(identity.pins, str(identity.member_id), identity.key, remembered=0)
        self._trusted_at = float("-inf")

    async def of(self, contact: Contact) -> tuple[str, ...]:
        """Return the contact's tokens in text form, oldest epoch first.

        Raises:
            Malformed: `request_invalid` with `contact_invalid` for what has no sure spelling.
            Unavailable: `registry_unavailable`, or `tokens_unavailable` when an answer cannot be believed.
        """
        named = await asyncio.to_thread(_identifiers, contact)
        if named is None:
            raise Malformed("request_invalid", faults=[Fault("/contact", "contact_invalid")])
        try:
            return await self._tokens(named)
        except (FormatError, RegistryError) as error:
            self._trusted_at = float("-inf")  # an epoch may have opened or ended
            if isinstance(error, FormatError):
                raise Unavailable("tokens_unavailable") from None
            raise

    async def _tokens(self, named: Identifiers) -> tuple[str, ...]:
        await self._trust()
        work: Work = await asyncio.to_thread(self._tokeniser.prepare, [named])
        answers = [
            await self._api.evaluate(self._tokeniser.request(batch, now_ms=int(self._clock().timestamp() * 1000)))
            for batch in work.batches
        ]
        ((one,),) = await asyncio.to_thread(self._tokeniser.finish, work, answers)
        return tuple(token.text for token in one.tokens)

    async def _trust(self) -> None:
        if time.monotonic() - self._trusted_at > _KEPT_SECONDS:
            self._tokeniser.trust(await self._api.manifest(), now=int(self._clock().timestamp()))
            self._trusted_at = time.monotonic()


def _identifiers(contact: Contact) -> Identifiers | None:
    try:
        if contact.kind is ContactKind.PHONE:
            return Identifiers(phone=contact.value)
        return Identifiers(email=contact.value)
    except FormatError:
        return None
