from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import click
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from trellis.platform.cli import build_cli, make_worker
from trellis.platform.config import Config
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Problem
from trellis.platform.feature import Feature
from trellis.platform.jobs.queue import enqueue
from trellis.platform.jobs.worker import Task
from trellis.platform.migrations.tables import sys_counter
from trellis.platform.orgs import Orgs

ROOT = Path(__file__).parents[2]


def trellis(
    config: Config, *argv: str, features: tuple[Feature, ...] = (), typed: str = ""
) -> Result:
    return CliRunner().invoke(build_cli(features, {}), argv, obj=config, input=typed)


def test_orgs_are_created_listed_backed_up_deleted_and_restored(
    config: Config, orgs: Orgs, tmp_path: Path
) -> None:
    file = str(tmp_path / "acme.backup")
    for argv, answer in (
        (("org", "create", "acme", "--name", "Acme"), "Created"),
        (("org", "create", "zeta"), "Created"),
        (("org", "list"), "acme\nzeta\n"),
        (("org", "back-up", "acme", file), "Wrote"),
        (("org", "delete", "acme", "--yes"), "Deleted"),
        (("org", "list"), "zeta\n"),
        (("org", "restore", "acme", file), "Restored"),
        (("check",), "acme: sound\nzeta: sound\n"),
    ):
        result = trellis(config, *argv)
        assert (result.exit_code, answer in result.output) == (0, True), result.output


def test_deleting_asks_for_the_key(config: Config, orgs: Orgs) -> None:
    orgs.create("acme", "Acme")
    assert trellis(config, "org", "delete", "acme", typed="yes\n").exit_code == 1
    assert orgs.list() == ("acme",)
    assert trellis(config, "org", "delete", "acme", typed="acme\n").exit_code == 0
    assert orgs.list() == ()


def test_a_refusal_is_a_sentence_and_status_1(config: Config, orgs: Orgs) -> None:
    for argv in (
        ("org", "create", "../x"),
        ("org", "delete", "none", "--yes"),
        ("check", "--org", "none"),
    ):
        result = trellis(config, *argv)
        assert result.exit_code == 1
        assert result.output.startswith("Error: ")
        assert "Traceback" not in result.output


def test_check_ends_with_1_when_a_feature_finds_a_problem(config: Config, orgs: Orgs) -> None:
    def check_tea(_db: OrgDatabase) -> tuple[Problem, ...]:
        return (Problem("tea.cold", ("pot",), "The tea is cold."),)

    orgs.create("acme", "Acme")
    result = trellis(config, "check", features=(Feature("tea", checks=(check_tea,)),))
    assert result.exit_code == 1
    assert "tea.cold check_tea.pot: The tea is cold." in result.output


def test_commands_of_features_are_added_and_get_the_settings(config: Config) -> None:
    @click.command("brew")
    @click.pass_obj
    def brew(obj: Any) -> None:
        click.echo(f"brewed in {obj.data_dir}")

    result = trellis(config, "brew", features=(Feature("tea", commands=(brew,)),))
    assert result.output == f"brewed in {config.data_dir}\n"


def test_the_worker_runs_what_is_due_of_every_feature(config: Config, orgs: Orgs) -> None:
    def brew(task: Task) -> None:
        with task.finish() as conn:
            conn.execute(sa.insert(sys_counter).values(name=task.args["name"], value=1))

    db = orgs.create("acme", "Acme")
    with db.write() as conn:
        enqueue(conn, "tea.brew", {"name": "a"}, actor_id="x")
        enqueue(conn, "tea.pour", {"name": "b"}, actor_id="x")
    tea = Feature("tea", jobs={"tea.brew": brew}, work=lambda _config: {"tea.pour": brew})
    assert trellis(config, "worker", "--once", features=(tea,)).exit_code == 0
    with db.read() as conn:
        assert set(conn.scalars(sa.select(sys_counter.c.name))) == {"a", "b"}


def test_the_ground_knows_the_work_of_its_schedules(config: Config, orgs: Orgs) -> None:
    db = orgs.create("acme", "Acme")
    assert trellis(config, "worker", "--once").exit_code == 0
    assert trellis(config, "check").output == "acme: sound\n"
    assert make_worker(config, orgs, ()).run_due(db) == 0


def test_every_command_explains_itself(config: Config) -> None:
    def walk(command: click.Command, path: tuple[str, ...]) -> None:
        assert command.help, path
        if isinstance(command, click.Group):
            for name, inner in command.commands.items():
                walk(inner, (*path, name))

    walk(build_cli(), ("trellis",))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_server_answers_and_ends_when_asked(config: Config, orgs: Orgs) -> None:
    orgs.create("main", "Main")
    port = free_port()
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / ".tc"),
        "TRELLIS_DATA_DIR": str(config.data_dir),
        "TRELLIS_PORT": str(port),
        "TRELLIS_BASE_URL": f"http://127.0.0.1:{port}",
    }
    program = "from trellis.platform.cli import build_cli; build_cli()(['serve'])"
    server = subprocess.Popen([sys.executable, "-c", program], env=environ)
    try:
        assert "<html" in fetched(f"http://127.0.0.1:{port}/login")
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(20) in (0, 1, -signal.SIGINT)


def fetched(url: str) -> str:
    for _try in range(150):
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"{url} did not answer")


def test_a_worker_ends_at_a_signal_without_losing_the_job_at_hand(
    config: Config, orgs: Orgs
) -> None:
    orgs.create("main", "Main")
    stop = threading.Event()
    thread = threading.Thread(target=make_worker(config, orgs, ()).run, args=(stop, 0.05))
    thread.start()
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
