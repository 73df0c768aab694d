"""`python -m registry.cli …`: the same as `registry …`, for processes that start one another."""

from registry.cli import app

app()
