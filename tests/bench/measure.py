"""Times and memory: medians of several rounds, so that one busy moment does not count."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROUNDS = 3


def p50(work: Callable[[], Any], seconds: float = 1.0, least: int = 10, most: int = 2000) -> float:
    """Milliseconds of the median call: the median of the rounds' medians."""
    work()
    return statistics.median(_median(work, seconds / ROUNDS, least, most) for _ in range(ROUNDS))


def _median(work: Callable[[], Any], seconds: float, least: int, most: int) -> float:
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < least or (time.perf_counter() < end and len(times) < most):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1000


def once(work: Callable[[], Any]) -> tuple[float, Any]:
    """(seconds, result) of one call."""
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


def resident(pid: int | str = "self") -> float:
    """Memory of a process in MiB; 0 where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0.0
    line = next(x for x in status.read_text().splitlines() if x.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
