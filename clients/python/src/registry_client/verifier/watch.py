"""Follow a log from outside: whatever it shows must continue what it showed before, cosigned by who must cosign it.

A registry's answer is not asked for proofs: they are made here, out of the tiles that everybody is shown.
"""

from collections.abc import Collection, Sequence
from pathlib import Path
from urllib.parse import unquote

from registry_client.log import FileCheckpoints, LogForkedError, LogWatch
from registry_client.verifier.copies import LogCopy, Unusable, open_log
from registry_client.verifier.findings import Fault, Finding, Report
from registry_client.verifier.keys import Keys
from registry_client.verifier.logs import check_policy, describe
from registry_client.verifier.sources import Source
from registry_formats.errors import FormatError
from registry_formats.tile_proofs import consistency_proof


class Follower:
    """Keeps the last checkpoint of each log, and compares what is shown with it.

    Args:
        keys: got apart from the logs.
        memory: a directory; whoever loses it starts to trust anew. Evidence of a fork is written there too.
    """

    def __init__(self, keys: Keys, memory: Path) -> None:
        self._keys = keys
        self._memory = memory

    def look(self, source: Source, *, now_s: float | None) -> Report:
        """Look at one log; `now_s` is seconds since 1970, None where a log has ended and is cosigned no more."""
        try:
            log = open_log(source, self._keys)
        except Unusable as error:
            return Report(source.name, {}, (error.fault,))
        faults = (*self._continues(log), *check_policy(log.note, self._keys.policy, now_s=now_s))
        return Report(source.name, describe(log.checkpoint), faults)

    def miss(self, shown: Collection[str]) -> Sequence[Fault]:
        """Name shards that were shown once and are not any more, of the registries whose logs these origins are."""
        logs = {origin.rpartition("/")[0] for origin in shown}
        kept = (unquote(path.stem) for path in sorted(self._memory.glob("*.checkpoint")))
        gone = [origin for origin in kept if origin not in shown and origin.rpartition("/")[0] in logs]
        return [Fault(Finding.FILE_MISSING, place=origin) for origin in gone]

    def _continues(self, log: LogCopy) -> Sequence[Fault]:
        origin = log.checkpoint.origin
        watch = LogWatch(origin, self._keys.of_log(origin), FileCheckpoints(self._memory))
        last = watch.last
        if last is not None and log.size < last.size:
            return (self._evidence(Fault(Finding.ROLLED_BACK, log.size, last.size - 1), log),)
        try:
            accepted = False
            while not accepted:
                look = watch.look(log.note)
                sizes = look.needed
                proof = consistency_proof(sizes.old, sizes.new, log.read_tile) if sizes else ()
                accepted = watch.accept(look, proof)
        except LogForkedError:
            return (self._evidence(Fault(Finding.LOG_FORKED, 0, log.size - 1), log),)
        except FormatError as error:
            size = last.size if last else 0
            return (self._evidence(Fault(Finding.KEPT_DIFFERS, 0, size - 1, detail=error.code), log),)
        except Unusable as error:
            return (error.fault,)
        return ()

    def _evidence(self, fault: Fault, log: LogCopy) -> Fault:
        """Keep what was shown beside what was remembered; both are signed, and contradict one another."""
        FileCheckpoints(self._memory / "refused").save(log.checkpoint.origin, log.note)
        return Fault(fault.finding, fault.index, fault.last, str(self._memory / "refused"), fault.detail)
