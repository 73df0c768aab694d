"""`/v1/officers/appeals`: appeals as the registry's people work on them."""

from registry.api.officers import bundle, case, decisions, letters, protection, queue, second, work

ROUTERS = (
    queue.router,
    case.router,
    bundle.router,
    work.router,
    decisions.router,
    second.router,
    letters.router,
    protection.router,
)

__all__ = ["ROUTERS"]
