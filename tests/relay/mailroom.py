"""A real SMTP server and a real HTTP gateway on this machine, with the answers a test asks for."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

USER, PASSWORD = "relay", "made up"


@dataclass
class Mailroom:
    """Takes letters in, or refuses at the command that `refusals` names."""

    refusals: dict[str, str] = field(default_factory=dict)
    taken: list[Envelope] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    port: int = 0

    async def handle_MAIL(self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802 - aiosmtpd's
        if "MAIL" not in self.refusals:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self.refusals.get("MAIL", "250 OK")

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]) -> str:  # noqa: N802 - aiosmtpd's
        if "RCPT" not in self.refusals:
            envelope.rcpt_tos.append(address)
        return self.refusals.get("RCPT", "250 OK")

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        if "DATA" in self.refusals:
            return self.refusals["DATA"]
        self.taken.append(envelope)
        self.encrypted.append(server.transport is not None and bool(server.transport.get_extra_info("ssl_object")))
        return "250 taken"

    def authenticate(self, _: SMTP, __: Session, ___: Envelope, ____: str, given: object) -> AuthResult:
        user, password = getattr(given, "login", b"").decode(), getattr(given, "password", b"").decode()
        self.users.append(user)
        return AuthResult(success=(user, password) == (USER, PASSWORD))


@asynccontextmanager
async def mailroom(*, tls: ssl.SSLContext | None = None, implicit: bool = False) -> AsyncIterator[Mailroom]:
    """Listen on a free port; with `tls`, refuse letters and sign-in outside it."""
    room = Mailroom()
    loop = asyncio.get_running_loop()
    build = partial(
        SMTP,
        room,
        hostname="localhost",
        enable_SMTPUTF8=True,
        loop=loop,
        tls_context=None if implicit else tls,
        require_starttls=tls is not None and not implicit,
        authenticator=room.authenticate if tls else None,
        auth_required=tls is not None and not implicit,
        auth_require_tls=not implicit,  # aiosmtpd knows nothing of TLS beneath it
    )
    server = await loop.create_server(build, "127.0.0.1", 0, ssl=tls if implicit else None)
    room.port = server.sockets[0].getsockname()[1]
    try:
        yield room
    finally:
        server.close()
        await server.wait_closed()
