"""What an operator may not set, and what works but weakens a promise: said at every start."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from registry import policies
from registry.errors import Misconfigured
from registry.settings import PREFIX, Mode, Settings

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_ROLES = tuple(
    f"{PREFIX}{name}" for name in ("DATABASE_URL", "OWNER_DATABASE_URL", "WORKER_DATABASE_URL", "AUDITOR_DATABASE_URL")
)


def require_policy(settings: Settings) -> None:
    """Refuse a policy pack that does not ship. Misconfigured `setting_invalid`."""
    if settings.policy not in policies.PACKS:
        message = f"{PREFIX}POLICY: there is no such policy pack; there are {', '.join(policies.PACKS)}."
        raise Misconfigured("setting_invalid", message)


def warnings(settings: Settings) -> Iterator[str]:
    """Name what works, but weakens a promise."""
    logins = {settings.database_url, settings.owner_database_url, settings.worker_database_url}
    logins.add(settings.auditor_database_url)
    if settings.database_url is not None and (None in logins or len(logins) < len(_ROLES)):
        yield (
            "One database login serves several roles, so the database cannot tell the API from the owner: "
            f"whoever breaks into one process can do what all can. Set {', '.join(_ROLES)} to different logins."
        )
    yield (
        "The key operator is 1 of 1: one process holds whole token keys. Whoever has its keys and the store can name "
        "everybody in it. A live registry should split the keys over operators."
    )
    public = urlsplit(settings.public_url)
    if public.scheme != "https" and public.hostname not in _LOOPBACK:
        yield f"{PREFIX}PUBLIC_URL is not https: access tokens can be read on the way."
    if settings.mode is Mode.SANDBOX:
        yield f"{PREFIX}MODE=sandbox: nothing here may be about real people."
