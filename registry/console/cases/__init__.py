"""The officers' console: the queue of appeals, each case on one page, the evidence, the decision, the letters."""

from registry.console.cases import adding, decisions, files, letters, panel, queue, work

ROUTERS = (
    *(queue.router, work.router, adding.router, decisions.router, panel.router, files.router),
    letters.router,
)

__all__ = ["ROUTERS"]
