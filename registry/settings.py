"""Settings: read once from `REGISTRY_*`, frozen, handed down by `app.py`. There is no global instance.

`docs/settings.md` is checked against this class. A setting whose name is unknown, or whose value is wrong, fails at
start with its own name.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Mode(StrEnum):
    """Whether records here are about people (`live`) or made up (`sandbox`)."""

    LIVE = "live"
    SANDBOX = "sandbox"


class Settings(BaseSettings):
    """All that an operator can set."""

    model_config = SettingsConfigDict(
        env_prefix="REGISTRY_", frozen=True, extra="forbid", use_attribute_docstrings=True
    )

    mode: Mode = Mode.LIVE
    """`live`, or `sandbox`, where the clock may be moved and every object says `livemode: false`."""

    realm: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,60}[a-z0-9])?$")] = "registry.localhost"
    """Name of this registry: part of every token, key id and log origin. It can never change."""

    public_url: str = "http://127.0.0.1:8000"
    """Where members reach the API; the issuer and audience of access tokens."""

    host: str = "127.0.0.1"
    """Address that `registry serve` listens on."""

    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    """Port that `registry serve` listens on."""

    metrics_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """Port for Prometheus metrics on the same address; 0 switches them off."""

    workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Processes that answer requests."""

    # Kept at reboot, and reachable by the unprivileged user of the database.
    data_dir: Path = Path("/var/tmp/refund-integrity-registry")  # noqa: S108
    """Directory of the embedded PostgreSQL, the keys and the sockets. Must be reachable by the unprivileged user that
    PostgreSQL runs as, which a private home directory is not."""

    keys_dir: Path | None = None
    """Directory of the registry's keys, one file each, mode 0600. Default: `keys` in the data directory."""

    database_url: SecretStr | None = None
    """PostgreSQL ≥ 15 for the API's login. Unset: the embedded PostgreSQL is started."""

    owner_database_url: SecretStr | None = None
    """The same database, for the login that migrates. Default: `database_url`."""

    worker_database_url: SecretStr | None = None
    """The same database, for the worker's login. Default: `database_url`."""

    auditor_database_url: SecretStr | None = None
    """The same database, for the auditor's login, which can only read. Default: `database_url`."""

    database_pool: Annotated[int, Field(ge=2, le=100)] = 10
    """Connections each process keeps."""

    keyholder_url: str | None = None
    """Where the key operator listens: `unix:PATH` or a loopback address. Default: `keyholder.sock` in `data_dir`."""

    keyholder_dir: Path | None = None
    """Directory of the key operator's own state. The API never reads it. Default: `keyholder` in the data directory."""

    relay_url: str = "http://127.0.0.1:8002"
    """Where members reach the relay, its own origin."""

    relay_dir: Path | None = None
    """Directory of the relay's own state and of its file adapter. Default: `relay` in the data directory."""

    policy: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "cn"
    """Policy pack for members that name none."""

    test_clock: Path | None = None
    """File with the seconds by which a sandbox's clock runs ahead. Refused when live."""

    log_level: Annotated[str, Field(pattern=r"^(debug|info|warning|error)$")] = "info"
    """Least severe log line written."""

    @model_validator(mode="after")
    def _live_time_is_real(self) -> Self:
        if self.test_clock is not None and self.mode is Mode.LIVE:
            raise ValueError(
                "REGISTRY_TEST_CLOCK needs REGISTRY_MODE=sandbox: a live registry's windows run on real time"
            )
        return self

    @property
    def keys_path(self) -> Path:
        """Return the directory of the registry's keys."""
        return self.keys_dir or self.data_dir / "keys"

    @property
    def keyholder_path(self) -> Path:
        """Return the directory of the key operator's state."""
        return self.keyholder_dir or self.data_dir / "keyholder"

    @property
    def keyholder_address(self) -> str:
        """Return where the key operator listens."""
        return self.keyholder_url or f"unix:{self.data_dir / 'keyholder.sock'}"

    @property
    def relay_path(self) -> Path:
        """Return the directory of the relay's state."""
        return self.relay_dir or self.data_dir / "relay"
