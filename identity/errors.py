"""Errors that a person can act on.

Not here: retry policies or transport errors of a particular server; those live beside their client in `resources`.
"""

from __future__ import annotations


class VelocityError(Exception):
    """A failure said in one line: what happened, where, what to do.

    `code` is a stable word for scripts; `message` never holds personal values; `hint` says what to do next.
    """

    exit_code = 1

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint

    def as_dict(self) -> dict[str, str]:
        """The `error` object of the command line's JSON answers."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class BadInputError(VelocityError):
    """Wrong input or configuration: exit 2, nothing was written."""

    exit_code = 2
