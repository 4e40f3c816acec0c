"""Named places where a test can make the process fail; without a test they do nothing.

`TRELLIS_TEST_FAILPOINT=name` in the environment ends the process at that point (`name:3`
at the third passing), so that a parent can look at what is left; `armed` raises instead.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

_VARIABLE = "TRELLIS_TEST_FAILPOINT"
_ARMED: dict[str, BaseException] = {}
_SEEN: dict[str, int] = {}


class Failpoint(RuntimeError):
    """What an armed point raises unless the test gave its own error."""


def failpoint(name: str) -> None:
    """Fails here when a test has armed the name."""
    if _ARMED and name in _ARMED:
        raise _ARMED[name]
    if _FATAL and name == _FATAL[0]:
        _SEEN[name] = _SEEN.get(name, 0) + 1
        if _SEEN[name] >= _FATAL[1]:
            os._exit(9)


@contextmanager
def armed(name: str, error: BaseException | None = None) -> Iterator[None]:
    """Within the block, passing `failpoint(name)` raises the error (Failpoint by default)."""
    _ARMED[name] = error or Failpoint(name)
    try:
        yield
    finally:
        del _ARMED[name]


def _fatal() -> tuple[str, int] | None:
    name, _colon, nth = os.environ.get(_VARIABLE, "").partition(":")
    return (name, int(nth or 1)) if name else None


_FATAL = _fatal()
