"""The errors of the house: what a person can put right, and what they may not have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from .i18n import _


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: a stable code, the path into the input, a sentence and a way out."""

    code: str
    path: tuple[str | int, ...]
    message: str
    hint: str = ""

    def __str__(self) -> str:
        where = ".".join(str(part) for part in self.path)
        return f"{where}: {self.sentence}" if where else self.sentence

    @property
    def sentence(self) -> str:
        """The message and the way out, for showing where the path is plain to see."""
        if not self.hint:
            return self.message
        return _("%(message)s %(hint)s", message=self.message, hint=self.hint)

    def under(self, *path: str | int) -> Problem:
        """The same problem, seen from a place further out."""
        return Problem(self.code, (*path, *self.path), self.message, self.hint)


class TrellisError(Exception):
    """Base of every error that the house raises on purpose; `status` is its HTTP status."""

    status = 500


class Rejected(TrellisError):
    """The input is refused and a person can put it right: carries every problem at once."""

    status = 400

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


class Denied(TrellisError):
    """The actor may not do this."""

    status = 403


class NotFound(TrellisError):
    """Nothing is there, or nothing that this actor may know of."""

    status = 404


class Conflict(TrellisError):
    """Somebody else changed the thing in the meantime."""

    status = 409


class Unavailable(TrellisError):
    """Not now: the database is busy or gone; trying again later may succeed."""

    status = 503


def require(problems: Iterable[Problem]) -> None:
    """Raises Rejected with all the problems, if there are any."""
    if found := tuple(problems):
        raise Rejected(*found)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint with the nearest known spelling, or an empty string."""
    by_fold = {candidate.casefold(): candidate for candidate in known}
    near = get_close_matches(name.casefold(), by_fold, n=1)
    return _("Did you mean %(name)s?", name=by_fold[near[0]]) if near else ""
