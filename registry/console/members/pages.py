"""The members' console put together."""

from registry.console.members import appeals, go_live, keys, overview, recalls, reports, webhooks

ROUTERS = (
    overview.router,
    reports.router,
    appeals.router,
    recalls.router,
    webhooks.router,
    keys.router,
    go_live.router,
)
