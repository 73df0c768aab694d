"""The operators' console put together."""

from registry.console.operators import health, members

ROUTERS = (health.router, members.router)
