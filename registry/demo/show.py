"""What the audience sees: short scenes, tables, and what each of them proved."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from registry.domain.actions import ACTION_TEXT
from registry.domain.ids import Action
from registry.domain.reasons import MITIGATING_TEXT, REASON_TEXT, MitigatingCode, ReasonCode
from registry.translations import translate
from registry_client import ScoreAnswer

_STYLE = {"none": "dim", "low": "cyan", "guarded": "yellow", "high": "dark_orange", "severe": "bold red"}


class DemoFailed(Exception):
    """A claim of the demo does not hold."""


@dataclass(slots=True)
class Show:
    """Tells the story on a console, and remembers what was proved."""

    console: Console
    proved: list[str] = field(default_factory=list)
    _scenes: int = 0

    def scene(self, title: str, *sentences: str) -> None:
        """Begin a scene."""
        self._scenes += 1
        self.console.print()
        self.console.rule(f"[bold]{self._scenes} · {title}", align="left")
        self.say(*sentences)

    def say(self, *sentences: str) -> None:
        """Print a paragraph."""
        self.console.print(" ".join(sentences), highlight=False)

    def prove(self, holds: object, sentence: str) -> None:
        """Check a claim, show it, and keep it for the end. DemoFailed if it does not hold."""
        if not holds:
            raise DemoFailed(sentence)
        self.proved.append(sentence)
        self.console.print(f"  [green]✓[/green] {sentence}", highlight=False)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
        """Print a table."""
        table = Table(title=title or None, title_justify="left", header_style="bold")
        for name in columns:
            table.add_column(name, overflow="fold")
        for row in rows:
            table.add_row(*row)
        self.console.print(table)

    def answer(self, who: str, answer: ScoreAnswer) -> None:
        """Print one answer: band and score, why, and what may be done, in English and Chinese."""
        band = answer.band.value
        grid = Table.grid(padding=(0, 2))
        grid.add_row("band, score", f"[{_STYLE.get(band, '')}]{band}  {answer.score}[/] of 1000")
        grid.add_row("matched", f"{', '.join(answer.matched) or 'nothing'} ({answer.match_strength.value})")
        grid.add_row("groups", str(answer.groups))
        for code in answer.reason_codes:
            grid.add_row("reason", _both(code, REASON_TEXT[ReasonCode(code)]))
        for code in answer.mitigating:
            grid.add_row("but", _both(code, MITIGATING_TEXT[MitigatingCode(code)]))
        for action in answer.permitted_actions:
            grid.add_row("at most", _both(action.value, ACTION_TEXT[Action(action.value)]))
        if not answer.permitted_actions:
            grid.add_row("at most", "nothing; and the answer must not be shown as praise")
        grid.add_row("under dispute", "yes" if answer.under_dispute else "no")
        self.console.print(Panel(grid, title=who, title_align="left", expand=False))

    def summary(self, *where: tuple[str, str]) -> None:
        """Print what was proved and where to look."""
        self.console.print()
        self.console.rule("[bold]What was proved", align="left")
        for sentence in self.proved:
            self.console.print(f"  [green]✓[/green] {sentence}", highlight=False)
        self.console.print()
        for name, place in where:
            self.console.print(f"  [bold]{name:<16}[/bold] {place}", highlight=False, soft_wrap=True)


def _both(code: str, text: str) -> str:
    return f"{code} {text} · {translate(text, 'zh')}"
