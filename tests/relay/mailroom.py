"""A real SMTP server and a real HTTP gateway on this machine, with the answers a test asks for."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

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


class Answering:
    """An HTTP/1.1 server on a real socket that gives one answer and remembers what it was sent."""

    def __init__(self) -> None:
        self.answer = b'HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n{"Code":"OK"}'
        self.heard: list[tuple[str, dict[str, str], Any]] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        self.heard.append((first, headers, json.loads(await reader.readexactly(int(headers["content-length"])))))
        writer.write(self.answer)
        with suppress(ConnectionError):  # who has read enough hangs up
            await writer.drain()
        writer.close()


@asynccontextmanager
async def answering() -> AsyncIterator[Answering]:
    """Listen on a free port."""
    answers = Answering()
    server = await asyncio.start_server(answers.serve, "127.0.0.1", 0)
    answers.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/sms"
    async with server:
        yield answers
