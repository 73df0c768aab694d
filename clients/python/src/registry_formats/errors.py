"""The one error of the wire formats: a code, and never the value that was refused."""


class FormatError(ValueError):
    """Refuse an input. `code` is stable and documented; the rejected value is in no message."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
