"""The token that tests of master keys share."""

from tests.softhsm import softhsm

__all__ = ["softhsm"]
