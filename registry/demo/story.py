"""The scenes in their order."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

from rich.console import Console

from registry.demo import doors, hearings, proofs, scenes
from registry.demo.scenes import Play
from registry.demo.show import Show
from registry.demo.stage import running

SCENES: tuple[Callable[[Play], None], ...] = (
    scenes.admit,
    scenes.tokenise,
    scenes.file,
    scenes.serve,
    scenes.pass_windows,
    scenes.answer,
    proofs.withdraw,
    proofs.verify,
    proofs.tamper,
    proofs.enumerate_,
    hearings.furnish,
    hearings.connect,
    hearings.object_,
    hearings.look_back,
)


def play(directory: Path, console: Console, program: str = "registry") -> None:
    """Tell the story from an empty directory to its end; `program` is how commands begin. DemoFailed."""
    began = monotonic()
    show = Show(console)
    console.print("[bold]The refund-integrity registry, with made-up people[/bold]", highlight=False)
    show.say(f"Starting PostgreSQL, key operator, API, worker and relay in {directory} …")
    show.say(
        "[yellow]One key operator (1 of 1) and one account for everything: a sandbox, never for real people.[/yellow]",
    )
    with running(directory) as stage, ExitStack() as opened:
        show.say(f"Ready after {monotonic() - began:.1f} s at {stage.base_url}")
        story = Play(show, stage, program)
        opened.enter_context(story.receiver)
        for scene in SCENES:
            scene(story)
        for client in story.clients.values():
            opened.enter_context(client)
    doors.show_them(story)
    show.summary(
        ("took", f"{monotonic() - began:.0f} s"),
        ("look at", f"{directory}: logs, relay/letters, members (their keys and last checkpoints)"),
        ("keep it running", "make serve DEMO=1, then open what stands above; make serve begins with an empty one"),
        ("try it yourself", "docs/quickstart.md: your own first scored query in five minutes"),
    )
