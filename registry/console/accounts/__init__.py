"""Accounts: how somebody comes by one, what they do with their own, and what those in charge do with others'."""

from registry.console.accounts import invitation, own, people, provider, recovery

ROUTERS = (invitation.router, own.router, people.router, provider.router, recovery.router)
