"""`python -m registry.cli.attached COMMAND …`: run a command that ends with whoever started it.

The starter keeps the other end of our standard input. When it closes it, or dies of anything, we read the end of the
file and interrupt ourselves, as Ctrl-C would: no process is left behind, whatever killed the one that looked after it.
"""

import os
import signal
import threading


def end_with_starter() -> None:
    """Interrupt this process as soon as standard input ends."""

    def watch() -> None:
        while os.read(0, 4096):  # not sys.stdin: its lock would be held when the interpreter ends
            pass
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=watch, name="end-with-starter", daemon=True).start()


if __name__ == "__main__":
    end_with_starter()
    from registry.cli import app

    app()
