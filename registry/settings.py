"""Settings: read once from `REGISTRY_*`, frozen, handed down by `app.py`. There is no global instance.

Each is read from `REGISTRY_<NAME>`, or from the file that `REGISTRY_<NAME>_FILE` names, which is how container
platforms hand over secrets. A setting whose name is unknown, or whose value is wrong, fails at start with its own name.
`docs/settings.md` is checked against this class.
"""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from registry.errors import Misconfigured
from registry.keys import KeyName

PREFIX = "REGISTRY_"
_DRIVERS = ("postgresql://", "postgresql+asyncpg://")


class Mode(StrEnum):
    """Whether records here are about people (`live`) or made up (`sandbox`)."""

    LIVE = "live"
    SANDBOX = "sandbox"


class Settings(BaseSettings):
    """All that an operator can set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
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

    workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Processes that answer requests."""

    # Kept at reboot, and reachable by the unprivileged user of the database.
    data_dir: Path = Path("/var/tmp/refund-integrity-registry")  # noqa: S108
    """Directory of the embedded PostgreSQL, the keys and the sockets. Must be reachable by the unprivileged user that
    PostgreSQL runs as, which a private home directory is not."""

    keys_dir: Path | None = None
    """Directory of the registry's keys, one file each, mode 0600. Default: `keys` in the data directory."""

    kek: SecretStr | None = None
    """The master key of the audit log: `file:PATH`, `hex:` and 64 digits, or a PKCS#11 URI (RFC 7512) for a key that
    never leaves its token. Default: the file `kek` in `keys_dir`."""

    checkpoint_guard: Path | None = None
    """File where the worker keeps the last checkpoint it signed, apart from the database, whose backups must not take
    it back. Workers that may lead share it. Default: `checkpoint-guard` in the data directory."""

    witness_policy: Path | None = None
    """File that names the witnesses of the log, where they are, and how many must cosign (C2SP tlog-policy). Unset: no
    witness is asked."""

    witness_seconds: Annotated[int, Field(ge=1, le=60)] = 30
    """How often the witnesses are asked to cosign."""

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

    relay_host: str = "127.0.0.1"
    """Address that `registry relay` listens on."""

    relay_port: Annotated[int, Field(ge=1, le=65535)] = 8002
    """Port that `registry relay` listens on."""

    relay_dir: Path | None = None
    """Directory of the relay's own state and of its file adapter. Default: `relay` in the data directory."""

    relay_return_url: str | None = None
    """Where the relay hands proofs of control to, and the audience of each. Default: `me/proof` below `public_url`."""

    relay_oidc: str | None = None
    """OpenID Connect provider that verifies contacts, as JSON (docs/relay.md). Unset: they are proved by code alone."""

    staff_oidc: str | None = None
    """OpenID Connect provider that staff may sign in by, as JSON (docs/staff.md). Unset: there is none."""

    staff_oidc_secret: SecretStr | None = None
    """What the registry proves itself with to that provider."""

    relay_mail_url: str | None = None
    """Mail server of the relay: `smtp://HOST:PORT` (with STARTTLS), `smtps://HOST:PORT`, or `smtp+plain://HOST:PORT`,
    which is refused when live. Unset: no e-mail when live, files in a sandbox."""

    relay_mail_from: str | None = None
    """Address that the relay's e-mail comes from; bounces go to `bounces+…` at the same domain."""

    relay_mail_user: str = ""
    """Whom the relay signs in as at its mail server. Empty: it does not."""

    relay_mail_password: SecretStr | None = None
    """Password of that user."""

    relay_sms_url: str | None = None
    """HTTP gateway that sends the relay's SMS; https when live. Unset: no SMS when live, files in a sandbox."""

    relay_sms_headers: SecretStr | None = None
    """Headers for the gateway, a JSON object of texts."""

    relay_sms_body: str | None = None
    """JSON for the gateway, with the places `{to}`, `{text}`, `{subject}` and `{id}` in its texts."""

    relay_sms_accepted: str = ""
    """What the gateway's answer contains when it has taken a message over. Empty: its status alone counts."""

    policy: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "cn"
    """Policy pack for members that name none."""

    test_clock: Path | None = None
    """File with the seconds by which a sandbox's clock runs ahead. Refused when live."""

    evidence_max_bytes: Annotated[int, Field(ge=1 << 16, le=64 << 20)] = 10 << 20
    """The most that one file of an appeal may weigh."""

    clamd: Annotated[str, Field(pattern=r"^(unix:/.+|[^:]+:[0-9]{1,5}|\[[0-9a-f:]+\]:[0-9]{1,5})$")] | None = None
    """ClamAV daemon that looks at files of appeals as they arrive: `unix:PATH` or `HOST:PORT`. Unset: nothing does."""

    webhooks_private: bool = False
    """Let webhooks go to private addresses, such as a receiver on this machine. Refused when live."""

    log_level: Annotated[str, Field(pattern=r"^(debug|info|warning|error)$")] = "info"
    """Least severe log line written."""

    @field_validator("database_url", "owner_database_url", "worker_database_url", "auditor_database_url")
    @classmethod
    def _postgresql(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith(_DRIVERS):
            raise ValueError("must be postgresql://LOGIN:PASSWORD@HOST:PORT/DATABASE")
        return url

    @field_validator("public_url", "relay_url", "relay_return_url", "relay_sms_url")
    @classmethod
    def _http(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be http://HOST or https://HOST")
        return url

    @model_validator(mode="after")
    def _live_time_is_real(self) -> Self:
        if self.test_clock is not None and self.mode is Mode.LIVE:
            raise ValueError(
                "REGISTRY_TEST_CLOCK needs REGISTRY_MODE=sandbox: a live registry's windows run on real time"
            )
        return self

    @model_validator(mode="after")
    def _live_webhooks_are_public(self) -> Self:
        if self.webhooks_private and self.mode is Mode.LIVE:
            raise ValueError(
                "REGISTRY_WEBHOOKS_PRIVATE needs REGISTRY_MODE=sandbox: a member could reach this network through it"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments first, then the environment, then the files it names; nothing else."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, _Files(settings_cls)

    @property
    def keys_path(self) -> Path:
        """Return the directory of the registry's keys."""
        return self.keys_dir or self.data_dir / "keys"

    @property
    def master_key(self) -> str | None:
        """Return where the master key is, as `registry.masters.find` reads it."""
        return self.kek.get_secret_value() if self.kek else None

    @property
    def key_names(self) -> list[KeyName]:
        """Return which keys lie in `keys_path`: all but a master key that is elsewhere."""
        return sorted(name for name in KeyName if self.kek is None or name is not KeyName.KEY_ENCRYPTION)

    @property
    def guard_path(self) -> Path:
        """Return the file of the last signed checkpoint."""
        return self.checkpoint_guard or self.data_dir / "checkpoint-guard"

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

    @property
    def proof_url(self) -> str:
        """Return where the relay hands proofs of control to."""
        return self.relay_return_url or f"{self.public_url.rstrip('/')}/me/proof"


def read_settings() -> Settings:
    """Read the settings of this process.

    Errors: Misconfigured `setting_unknown`, `setting_twice`, `setting_invalid`, `setting_unreadable`.
    """
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known and name.removesuffix("_FILE") not in known:
            raise Misconfigured("setting_unknown", f"{name} is no setting; see docs/settings.md.")
        if name in known and f"{name}_FILE" in os.environ:
            raise Misconfigured("setting_twice", f"{name} and {name}_FILE are both set; keep one.")
    try:
        return Settings()
    except ValidationError as error:
        raise Misconfigured("setting_invalid", "; ".join(_complaints(error))) from None


class _Files(PydanticBaseSettingsSource):
    """Reads `REGISTRY_<NAME>_FILE`."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the content of the file that the environment names for this field, without its last line break."""
        del field
        variable = f"{PREFIX}{field_name.upper()}_FILE"
        path = os.environ.get(variable)
        if path is None:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").rstrip("\r\n"), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            raise Misconfigured("setting_unreadable", f"{variable}: {reason}.") from None

    def __call__(self) -> dict[str, Any]:
        """Return what the files say, for the fields that have one."""
        found = {name: self.get_field_value(field, name)[0] for name, field in Settings.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


def _complaints(error: ValidationError) -> list[str]:
    """Name each setting and what is wrong with it; never its value, which may be a password."""
    complaints = []
    for detail in error.errors(include_input=False, include_url=False, include_context=False):
        name = f"{PREFIX}{str(detail['loc'][0]).upper()}: " if detail["loc"] else ""
        complaints.append(f"{name}{detail['msg'].removeprefix('Value error, ')}")
    return complaints
