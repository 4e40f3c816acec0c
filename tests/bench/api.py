"""What the REST API needs beside a bare Flask route that answers JSON: processor milliseconds.

By itself, on the demo company and in one process:

    python tests/bench/api.py [--rounds 300]

Each row is the median of the processor time of one request, the test client's included; `x` is how
many times the bare route's it is.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import flask

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.demo_site import copied, make_template
from tests.runtime.api.programs import Program

QUERY = quote("SELECT Id, Name, Owner.Name FROM Account ORDER BY Name LIMIT 50")


def bare() -> Callable[[], Any]:
    """A route that answers a small object."""
    app = flask.Flask("bare")
    app.add_url_rule("/", "hello", lambda: flask.jsonify(id="001", success=True, errors=[]))
    client = app.test_client()
    return lambda: client.get("/")


def spent(work: Callable[[], Any], rounds: int) -> float:
    """Milliseconds of processor time of the median call."""
    work()
    times = []
    for _n in range(rounds):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return statistics.median(times) * 1000


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--rounds", type=int, default=300)
    rounds = reader.parse_args().rounds
    with tempfile.TemporaryDirectory() as directory:
        template = make_template(Path(directory) / "demo")
        with copied(template, Path(directory) / "site") as site:
            program, account = Program(site, site.actor()), site.find_id("Account")
            known = program.ask("sobjects/Account/describe").headers["ETag"]
            works: dict[str, Callable[[], Any]] = {
                "bare Flask route": bare(),
                "limits (a token, no record)": lambda: program.ask("limits"),
                "read": lambda: program.ask(f"sobjects/Account/{account}"),
                "read two fields": lambda: program.ask(
                    f"sobjects/Account/{account}?fields=Name,Phone"
                ),
                "create": lambda: program.ask("sobjects/Account", "POST", {"Name": "Bench"}),
                "update": lambda: program.ask(
                    f"sobjects/Account/{account}", "PATCH", {"Site": str(time.monotonic_ns())}
                ),
                "query, 50 rows": lambda: program.ask(f"query?q={QUERY}"),
                "describe, not changed": lambda: program.ask(
                    "sobjects/Account/describe", headers={"If-None-Match": known}
                ),
            }
            base = 0.0
            for name, work in works.items():
                took = spent(work, rounds)
                base = base or took
                print(f"{name:<30} {took:8.3f} ms {took / base:6.1f} x {1000 / took:8.0f} /s")


if __name__ == "__main__":
    main()
