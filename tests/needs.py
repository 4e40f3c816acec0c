"""Says what the whole test suite needs and this machine lacks; `make test` asks it first.

On a person's machine the tests that need a missing thing are left out. In CI nothing may be
missing, so this exits with 1.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator

import psycopg

SERVER = "postgresql://postgres@127.0.0.1:5432/postgres"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def missing() -> Iterator[tuple[str, str]]:
    """(what is missing, which tests are left out and what to do)."""
    if (reason := why_no_postgresql()) is not None:
        yield "a PostgreSQL server at 127.0.0.1:5432", f"no test runs on PostgreSQL ({reason})"
    if not any(map(shutil.which, BROWSERS)):
        yield "Chromium", "no browser journey runs; install your system's package of chromium"
    if sys.platform == "linux" and not shutil.which("strace"):
        yield "strace", "no test ends a process at each of its writes; install strace"


def why_no_postgresql() -> str | None:
    """Why the server cannot be used; None when it can."""
    url = os.environ.get("TRELLIS_TEST_POSTGRESQL", SERVER)
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        return str(error).strip().splitlines()[0]
    return None


def main() -> int:
    found = tuple(missing())
    for what, so in found:
        print(f"Missing: {what}; {so}.", file=sys.stderr)
    return 1 if found and os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main())
