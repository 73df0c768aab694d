"""Verify a whole copy of a log: its signature, its tree, and that what was signed earlier still follows from it."""

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from registry_client.verifier.copies import CHECKPOINT, Unusable, open_log, read_note, signed
from registry_client.verifier.findings import Fault, Faults, Finding, Report
from registry_client.verifier.gaps import Crash, GapCheck
from registry_client.verifier.keys import Keys
from registry_client.verifier.sources import Directory, Source
from registry_client.verifier.tree import Tell, TreeCheck, read_hashes
from registry_formats import base64std
from registry_formats.cosignatures import verify_cosignatures
from registry_formats.errors import FormatError
from registry_formats.notes import Checkpoint
from registry_formats.trust_policy import TrustPolicy

STALLED_SECONDS = 900  # the registry itself stops answering then


def shards(root: Path) -> list[Source]:
    """Find the logs of a directory, oldest first: itself, or each directory in it that has a checkpoint."""
    if (root / CHECKPOINT).exists() or not root.is_dir():
        return [Directory(root)]
    found = sorted((one for one in root.iterdir() if (one / CHECKPOINT).exists()), key=_age)
    return [Directory(one) for one in found] or [Directory(root)]


def _age(shard: Path) -> tuple[str, int]:
    """Order `2026h2.10` after `2026h2.9`."""
    half_year, _, number = shard.name.partition(".")
    return half_year, int(number) if number.isdecimal() else 0


def verify_logs(
    sources: Sequence[Source], keys: Keys, *, entries: bool, kept: Mapping[str, bytes], tell: Tell
) -> list[Report]:
    """Check copies of the logs of one registry; errors, arguments and reports as in `verify_log`, for each.

    A checkpoint that was kept of a log which is not among them is named too: a whole shard may have been taken away.
    """
    reports = [verify_log(source, keys, entries=entries, kept=kept, tell=tell) for source in sources]
    faults = Faults()
    earlier = read_kept(kept, keys, Faults())
    faults.add(*missing_logs(earlier, {str(report.facts.get("origin")) for report in reports}))
    return [*reports, Report("kept checkpoints", {}, faults.all())] if faults.all() else reports


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
    faults.add(*check_policy(log.note, keys.policy))
    earlier = [one for one in read_kept(kept, keys, faults) if one[1].origin == log.checkpoint.origin]
    read = partial(read_hashes, log, faults=faults)
    TreeCheck(log, faults, read if entries else None, earlier).run(tell)
    return Report(source.name, describe(log.checkpoint), faults.all())


def read_kept(kept: Mapping[str, bytes], keys: Keys, faults: Faults) -> list[tuple[str, Checkpoint]]:
    """Verify checkpoints that somebody kept, and name those that nobody signed."""
    found = []
    for name, data in kept.items():
        try:
            found.append((name, signed(read_note(data, place=name), keys, place=name)))
        except Unusable as error:
            faults.add(error.fault)
    return found


def missing_logs(kept: Sequence[tuple[str, Checkpoint]], origins: Collection[str]) -> Iterator[Fault]:
    """Name checkpoints of logs that are not here."""
    for name, checkpoint in kept:
        if checkpoint.origin not in origins:
            yield Fault(Finding.FILE_MISSING, 0, checkpoint.size - 1, name, checkpoint.origin)


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


def check_policy(note: str, policy: TrustPolicy | None, *, now_s: float | None = None) -> Sequence[Fault]:
    """Check that enough witnesses cosigned, and, where the time is given, that they did so lately."""
    if policy is None:
        return ()
    try:
        if not policy.is_met(note):
            return (Fault(Finding.QUORUM_MISSING),)
        times = [one.t_s for one in verify_cosignatures(note, policy.keys)]
    except FormatError as error:
        return (Fault(Finding.CHECKPOINT_REFUSED, detail=error.code),)
    if now_s is not None and times and now_s - max(times) > STALLED_SECONDS:
        return (Fault(Finding.LOG_STALLED, detail=f"cosigned {int(now_s - max(times))} s ago"),)
    return ()
