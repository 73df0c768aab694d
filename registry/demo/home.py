"""Where the demo lives: a directory and a realm of its own, which `registry up --demo` opens again."""

import os
from pathlib import Path

from registry.settings import Settings

REALM = "demo.localhost"


def home(settings: Settings) -> Path:
    """Name the demo's own directory: in the data directory that was set, else beside the default, for each user."""
    if "data_dir" in settings.model_fields_set:
        return settings.data_dir / "demo"
    default: Path = Settings.model_fields["data_dir"].default
    return default.with_name(f"{default.name}-demo-{os.getuid()}")
