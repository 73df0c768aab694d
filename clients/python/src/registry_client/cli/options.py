"""Options that commands share."""

import argparse
from pathlib import Path
from typing import Protocol

from registry_client.verifier.keys import Keys
from registry_client.verifier.logs import shards
from registry_client.verifier.sources import Directory, Source, SourceUnreadable, Web
from registry_formats.trust_policy import TrustPolicy, parse_policy


class Commands(Protocol):
    """Commands beside one another, to which one more can be added."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:  # noqa: A002 - argparse's own name
        """Add a command and return its parser."""


def add_output(command: argparse.ArgumentParser) -> None:
    """Let the caller choose how results and progress are written."""
    command.add_argument("--json", action="store_true", help="one JSON object on standard output")
    command.add_argument("--quiet", action="store_true", help="no progress on standard error")


def add_keys(command: argparse.ArgumentParser) -> None:
    """Take the keys to check with."""
    help_key = "a key to check with, as a vkey (NAME+ID+KEY), got apart from what is checked; may be repeated"
    command.add_argument("--key", action="append", default=[], metavar="VKEY", help=help_key)
    command.add_argument("--keys", type=Path, metavar="FILE", help="a file of vkeys, one a line; # begins a comment")
    help_policy = "a trust policy (C2SP tlog-policy): keys of logs, witnesses, and how many of these must have cosigned"
    command.add_argument("--policy", type=Path, metavar="FILE", help=help_policy)


def add_kept(command: argparse.ArgumentParser) -> None:
    """Take checkpoints that were seen earlier."""
    kept = "a checkpoint seen earlier, which must still follow from the entries; may be repeated"
    command.add_argument("--kept", action="append", default=[], type=Path, metavar="FILE", help=kept)


def read_kept(asked: argparse.Namespace) -> dict[str, bytes]:
    """Read them, by their paths."""
    return {str(path): path.read_bytes() for path in asked.kept}


def add_token(command: argparse.ArgumentParser) -> None:
    """Take the credential for entry bundles on a server."""
    command.add_argument("--token-file", type=Path, metavar="FILE", help="a bearer token, for a URL's entry bundles")


def read_keys(asked: argparse.Namespace) -> Keys:
    """Read the keys; `vkey_malformed`."""
    return Keys.read(read_vkeys(asked), read_policy(asked))


def read_vkeys(asked: argparse.Namespace) -> list[str]:
    """List the vkeys that are given, those of a policy's logs included; `policy_malformed`."""
    lines = asked.keys.read_text(encoding="utf-8").splitlines() if asked.keys else []
    listed = (line.partition("#")[0].strip() for line in lines)
    policy = read_policy(asked)
    policy_keys = [log.key.encode() for log in policy.logs] if policy else []
    return [*asked.key, *filter(None, listed), *policy_keys]


def read_policy(asked: argparse.Namespace) -> TrustPolicy | None:
    """Read the policy, if one is given; `policy_malformed`, `vkey_malformed`."""
    return parse_policy(asked.policy.read_text(encoding="utf-8")) if asked.policy else None


def read_source(where: str, asked: argparse.Namespace) -> Source:
    """Name the one log in a directory or at a URL."""
    if "://" not in where:
        return Directory(Path(where))
    return Web(where, asked.token_file.read_text(encoding="utf-8").strip() if asked.token_file else "")


def read_sources(where: str, asked: argparse.Namespace) -> list[Source]:
    """Name the logs below a directory or a URL: one, or all its shards."""
    source = read_source(where, asked)
    if isinstance(source, Web):
        try:
            listed = source.shards()
        except SourceUnreadable:
            return [source]  # what is wrong with it is named when it is read
        return [read_source(f"{where.rstrip('/')}/{name}", asked) for name in listed] or [source]
    return shards(Path(where))
