"""Where the database is: the URLs an operator set, or the embedded PostgreSQL, started for as long as it is needed."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import SecretStr

from registry.cli import marks
from registry.errors import Misconfigured
from registry.settings import Settings
from registry.store import embedded, migrations

_LOGINS = {
    "database_url": "registry_api",
    "owner_database_url": embedded.OWNER,
    "worker_database_url": "registry_worker",
    "auditor_database_url": "registry_auditor",
}


@contextmanager
def databases(settings: Settings, *, reading: bool = False) -> Iterator[Settings]:
    """Yield settings in which all four database URLs are set.

    Errors: Misconfigured `mode_differs` (not where a command is only `reading`), `realm_differs`.
    """
    marks.check(settings, reading=reading)
    if settings.database_url is not None:
        missing = {name: settings.database_url for name in _LOGINS if getattr(settings, name) is None}
        yield settings.model_copy(update=missing)
        return
    with embedded.start(settings.data_dir) as instance:
        urls = {name: SecretStr(instance.url(user=login)) for name, login in _LOGINS.items()}
        yield settings.model_copy(update=urls)


def owner_url(settings: Settings) -> str:
    """Return the URL of the login that may change everything; settings must come from `databases`."""
    return _secret(settings.owner_database_url)


def worker_url(settings: Settings) -> str:
    """Return the URL of the worker's login; settings must come from `databases`."""
    return _secret(settings.worker_database_url)


def auditor_url(settings: Settings) -> str:
    """Return the URL of the auditor's login, which can only read; settings must come from `databases`."""
    return _secret(settings.auditor_database_url)


def check_schema(settings: Settings) -> None:
    """Refuse a database that another version of this program made, or that one of the logins cannot use.

    Errors: Misconfigured `database_unreachable`, `schema_missing`, `schema_other`.
    """
    for url in {_secret(getattr(settings, name)) for name in _LOGINS}:
        check_tables(url)
    found = asyncio.run(migrations.current(owner_url(settings)))
    if found != migrations.heads():
        message = f"The database is at revision {found[0]}, this program needs {migrations.heads()[0]}."
        raise Misconfigured("schema_other", f"{message} Run `registry migrate` with the newer of the two programs.")


def check_tables(url: str) -> None:
    """Refuse a database without tables. Misconfigured `database_unreachable`, `schema_missing`."""
    if not asyncio.run(migrations.begun(url)):
        raise Misconfigured("schema_missing", "The database has no tables yet. Run `registry migrate`.")


def check_auditor(settings: Settings) -> None:
    """Refuse a login in the auditor's place that cannot read the log. Misconfigured `auditor_login_narrow`."""
    if not asyncio.run(migrations.may_audit(auditor_url(settings))):
        message = "The auditor's login may not read the log. Set REGISTRY_AUDITOR_DATABASE_URL to one that may."
        raise Misconfigured("auditor_login_narrow", message)


def _secret(url: SecretStr | None) -> str:
    if url is None:
        raise Misconfigured("database_url_missing", "Set REGISTRY_DATABASE_URL.")
    return url.get_secret_value()
