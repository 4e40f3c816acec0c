"""The base of our WTForms classes: messages in the reader's language, problems put at their fields.

The CSRF token is checked for every unsafe request before any form is looked at, so forms have none.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import Form as PlainForm

from ..errors import Problem
from ..i18n import current


class Form(PlainForm):
    """A form that speaks the reader's language."""

    class Meta:
        @property
        def locales(self) -> list[str]:
            return [current().language]

        cache_translations = False

    #: Problems that belong to no field of the form.
    problems: tuple[Problem, ...] = ()

    def take(self, problems: Iterable[Problem]) -> None:
        """Puts each problem at the field its path begins with; the others on top of the form."""
        rest = []
        for problem in problems:
            name = str(problem.path[0]) if problem.path else ""
            if name in self._fields:
                field: Any = self._fields[name]
                field.errors = [*field.errors, sentence(problem)]
            else:
                rest.append(problem)
        self.problems = (*self.problems, *rest)


def sentence(problem: Problem) -> str:
    """The problem and its way out, for showing at a field."""
    return problem.sentence
