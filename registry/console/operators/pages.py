"""The operators' console put together."""

from registry.console.operators import admissions, health, members

ROUTERS = (health.router, members.router, admissions.router)
