"""Every setting is documented, read from its variable or its file, and complained about by its own name."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from registry.errors import Misconfigured
from registry.settings import PREFIX, Mode, Settings, read_settings

DOCS = Path(__file__).parents[2] / "docs" / "settings.md"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    return monkeypatch


def refusal(environment: pytest.MonkeyPatch, given: Mapping[str, str]) -> Misconfigured:
    for name, value in given.items():
        environment.setenv(name, value)
    with pytest.raises(Misconfigured) as refused:
        read_settings()
    return refused.value


def test_each_setting_is_documented_and_no_other() -> None:
    documented = set(re.findall(r"^\| `(REGISTRY_[A-Z_]+)`", DOCS.read_text(encoding="utf-8"), re.MULTILINE))
    assert documented == {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize("name", Settings.model_fields)
def test_each_setting_says_what_it_is_for(name: str) -> None:
    description = Settings.model_fields[name].description
    assert description is not None
    assert description.endswith((".", ")"))


def test_without_any_variable_the_defaults_hold(environment: pytest.MonkeyPatch) -> None:
    assert read_settings().mode is Mode.LIVE
    assert read_settings().model_fields_set == set()


def test_a_variable_and_a_file_are_read(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://api:hunter2@db/registry\n")
    environment.setenv("REGISTRY_DATABASE_URL_FILE", str(tmp_path / "url"))
    environment.setenv("REGISTRY_PORT", "9000")
    settings = read_settings()
    assert settings.port == 9000
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql://api:hunter2@db/registry"
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("given", "code", "name"),
    [
        ({"REGISTRY_PROT": "8000"}, "setting_unknown", "REGISTRY_PROT"),
        ({"REGISTRY_PROT_FILE": "/x"}, "setting_unknown", "REGISTRY_PROT_FILE"),
        ({"REGISTRY_PORT": "1", "REGISTRY_PORT_FILE": "/x"}, "setting_twice", "REGISTRY_PORT"),
        ({"REGISTRY_PORT": "many"}, "setting_invalid", "REGISTRY_PORT"),
        ({"REGISTRY_MODE": "life"}, "setting_invalid", "REGISTRY_MODE"),
        ({"REGISTRY_REALM": "Not A Realm"}, "setting_invalid", "REGISTRY_REALM"),
        ({"REGISTRY_TEST_CLOCK": "/x"}, "setting_invalid", "REGISTRY_TEST_CLOCK"),
        ({"REGISTRY_WEBHOOKS_PRIVATE": "true"}, "setting_invalid", "REGISTRY_WEBHOOKS_PRIVATE"),
        ({"REGISTRY_DATABASE_URL": "foo"}, "setting_invalid", "REGISTRY_DATABASE_URL"),
        ({"REGISTRY_OWNER_DATABASE_URL": "mysql://u:p@h/d"}, "setting_invalid", "REGISTRY_OWNER_DATABASE_URL"),
        ({"REGISTRY_PUBLIC_URL": "registry.example"}, "setting_invalid", "REGISTRY_PUBLIC_URL"),
        ({"REGISTRY_PUBLIC_URL": "ftp://registry.example"}, "setting_invalid", "REGISTRY_PUBLIC_URL"),
        ({"REGISTRY_PUBLIC_URL": "https://"}, "setting_invalid", "REGISTRY_PUBLIC_URL"),
        ({"REGISTRY_RELAY_URL": "https://[relay"}, "setting_invalid", "REGISTRY_RELAY_URL"),
        ({"REGISTRY_PORT_FILE": "/nowhere/at/all"}, "setting_unreadable", "REGISTRY_PORT_FILE"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_own_name(
    environment: pytest.MonkeyPatch, given: dict[str, str], code: str, name: str
) -> None:
    refused = refusal(environment, given)
    assert refused.code == code
    assert name in refused.message


def test_a_refused_value_is_not_shown(environment: pytest.MonkeyPatch) -> None:
    refused = refusal(environment, {"REGISTRY_PORT": "hunter2"})
    assert "hunter2" not in str(refused)
