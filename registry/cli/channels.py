"""Which channel reaches which kind of contact, from the settings: e-mail over SMTP, SMS over a gateway, or files."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from registry.errors import Misconfigured
from registry.relay.adapters import Adapter, FileAdapter
from registry.relay.bounces import Marks
from registry.relay.contacts import ContactKind
from registry.relay.gateway import Gateway, GatewayAdapter
from registry.relay.identity import load_key
from registry.relay.mail import MailAdapter, MailServer, Safety
from registry.settings import PREFIX, Mode, Settings

_LETTERS = "letters"
_MISSING = "No channel reaches a contact of this kind, and a live registry's letters go to no file: {kind}."
_ONLY_FILES = "Letters are written to files and reach nobody; that is right for a sandbox only: {kind}."


def build(settings: Settings) -> dict[ContactKind, Adapter]:
    """Put the channels together.

    A letter in a file tells nobody: in a live registry it would let a record count that its subject never saw. So what
    has no channel there has none at all.

    Errors: Misconfigured `channel_incomplete`, `channel_unsafe`.
    """
    adapters: dict[ContactKind, Adapter] = {}
    if settings.mode is Mode.SANDBOX:
        adapters |= dict.fromkeys(ContactKind, FileAdapter(settings.relay_path / _LETTERS))
    if settings.relay_mail_url is not None:
        adapters[ContactKind.EMAIL] = _mail(settings, settings.relay_mail_url)
    if settings.relay_sms_url is not None:
        adapters[ContactKind.PHONE] = _sms(settings, settings.relay_sms_url)
    return adapters


def warnings(adapters: Mapping[ContactKind, Adapter], *, live: bool) -> Iterator[str]:
    """Say whom the relay cannot reach."""
    for kind in ContactKind:
        if kind not in adapters and live:
            yield _MISSING.format(kind=kind)
        elif isinstance(adapters.get(kind), FileAdapter):
            yield _ONLY_FILES.format(kind=kind)


def _mail(settings: Settings, url: str) -> MailAdapter:
    try:
        parts = urlsplit(url)
        host, port, safety = parts.hostname, parts.port, Safety(parts.scheme)
    except ValueError:
        host = port = None
    if not host or not port:
        raise _incomplete("RELAY_MAIL_URL is smtp://HOST:PORT or smtps://HOST:PORT")
    if safety is Safety.NONE and settings.mode is Mode.LIVE:
        raise _unsafe("RELAY_MAIL_URL")
    if not settings.relay_mail_from or "@" not in settings.relay_mail_from:
        raise _incomplete("RELAY_MAIL_FROM is an address, and needed for e-mail")
    password = settings.relay_mail_password.get_secret_value() if settings.relay_mail_password else ""
    server = MailServer(host, port, safety, settings.relay_mail_user, password)
    return MailAdapter(server, settings.relay_mail_from, Marks(load_key(settings.relay_path)))


def _sms(settings: Settings, url: str) -> GatewayAdapter:
    if urlsplit(url).scheme != "https" and settings.mode is Mode.LIVE:
        raise _unsafe("RELAY_SMS_URL")
    headers = settings.relay_sms_headers.get_secret_value() if settings.relay_sms_headers else "{}"
    wanted = _json("RELAY_SMS_HEADERS", headers)
    if not isinstance(wanted, dict) or not all(isinstance(value, str) for value in wanted.values()):
        raise _incomplete("RELAY_SMS_HEADERS is a JSON object of texts")
    body = settings.relay_sms_body or ""
    if "{to}" not in body or "{text}" not in body:
        raise _incomplete("RELAY_SMS_BODY is JSON with the places {to} and {text}")
    return GatewayAdapter(Gateway(url, wanted, _json("RELAY_SMS_BODY", body), settings.relay_sms_accepted))


def _json(name: str, text: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(text)
    except ValueError:
        raise _incomplete(f"{name} is JSON") from None


def _incomplete(what: str) -> Misconfigured:
    return Misconfigured("channel_incomplete", f"{PREFIX}{what}.")


def _unsafe(name: str) -> Misconfigured:
    return Misconfigured("channel_unsafe", f"{PREFIX}{name} would carry contacts unencrypted; use TLS.")
