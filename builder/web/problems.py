"""Problems at the controls of a hand-written form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from ...platform.errors import Problem


class Errors(defaultdict[str, list[str]]):
    """{control name: sentences}; what belongs to no control of the form stands under ""."""

    @property
    def sentences(self) -> list[str]:
        """All of them, for the box at the top."""
        return [sentence for sentences in self.values() for sentence in sentences]


def by_field(problems: Iterable[Problem]) -> Errors:
    """The sentences of problems by the control they belong to."""
    errors = Errors(list)
    for problem in problems:
        place = next((str(p) for p in reversed(problem.path) if isinstance(p, str)), "")
        errors[place].append(problem.sentence)
    return errors
