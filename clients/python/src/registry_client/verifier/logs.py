"""Verify a whole copy of a log: its signature, its tree, and that what was signed earlier still follows from it."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from registry_client.verifier.copies import CHECKPOINT, Unusable, open_log, read_note, signed
from registry_client.verifier.findings import Faults, Report
from registry_client.verifier.gaps import Crash, GapCheck
from registry_client.verifier.keys import Keys
from registry_client.verifier.sources import Directory, Source
from registry_client.verifier.tree import Tell, TreeCheck
from registry_formats import base64std
from registry_formats.notes import Checkpoint


def shards(root: Path) -> list[Source]:
    """Find the logs of a directory: itself, or each directory in it that has a checkpoint."""
    if (root / CHECKPOINT).exists() or not root.is_dir():
        return [Directory(root)]
    return [Directory(one) for one in sorted(root.iterdir()) if (one / CHECKPOINT).exists()] or [Directory(root)]


def verify_log(source: Source, keys: Keys, *, entries: bool, kept: Mapping[str, bytes], tell: Tell) -> Report:
    """Check a copy of a log against the checkpoint beside it, and against those that somebody kept.

    Args:
        source: the files of one shard.
        keys: got apart from the source.
        entries: whether entry bundles are read, which the public is not given; else only hashes are checked.
        kept: checkpoints seen earlier, by a name for people; those of other logs do not concern this one.
        tell: called with the number of entries done, and of all.
    """
    faults = Faults()
    try:
        log = open_log(source, keys)
    except Unusable as error:
        return Report(source.name, {}, (error.fault,))
    earlier = []
    for name, data in kept.items():
        try:
            checkpoint = signed(read_note(data, place=name), keys, place=name)
        except Unusable as error:
            faults.add(error.fault)
            continue
        if checkpoint.origin == log.checkpoint.origin:
            earlier.append((name, checkpoint))
    TreeCheck(log, faults, entries=entries, kept=earlier).run(tell)
    return Report(source.name, describe(log.checkpoint), faults.all())


def check_gaps(sources: Sequence[Source], keys: Keys, crashes: Mapping[int, Crash], *, tell: Tell) -> list[Report]:
    """Verify the logs of one registry, and look for what is not in them; writers go on from one shard to the next.

    Args:
        sources: the files of each shard, oldest first.
        keys: got apart from the source.
        crashes: what was said of writers that died, by their ids.
        tell: called with the number of entries done, and of all.
    """
    reports, faults = [], Faults()
    check = GapCheck(faults, crashes)
    for source in sources:
        reports.append(verify_log(source, keys, entries=True, kept={}, tell=tell))
        with contextlib.suppress(Unusable):  # which the report says already
            check.read(open_log(source, keys), tell)
    return [*reports, Report("writers", dict(check.finish()), faults.all())]


def describe(checkpoint: Checkpoint) -> dict[str, str | int]:
    """Write a checkpoint for people and programs."""
    return {"origin": checkpoint.origin, "size": checkpoint.size, "root": base64std.encode(checkpoint.root)}
