from tests.softhsm import softhsm

__all__ = ["softhsm"]
