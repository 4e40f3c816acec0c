"""The composition root puts every floor together, and nothing else happens there."""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys
from pathlib import Path

from trellis import wsgi


def test_every_floor_is_in_the_application() -> None:
    names = [feature.name for feature in wsgi.FEATURES]
    assert len(names) == len(set(names))
    assert {"runtime", "builder", "demo"} <= set(names)


def test_the_application_is_made_of_an_environment(tmp_path: Path) -> None:
    app = wsgi.create_app({"TRELLIS_DATA_DIR": str(tmp_path)})
    assert {"home", "setup", "login"} <= {
        rule.rule.split("/")[1] for rule in app.url_map.iter_rules()
    }


def test_no_two_features_bring_a_command_of_one_name() -> None:
    names = [command.name for feature in wsgi.FEATURES for command in feature.commands]
    assert len(names) == len(set(names))
    assert set(names) <= set(wsgi.commands({}).commands)


def test_the_root_holds_no_logic() -> None:
    tree = ast.parse(inspect.getsource(wsgi))
    thinking = (ast.If, ast.For, ast.While, ast.Try, ast.comprehension, ast.Lambda, ast.Match)
    assert not [node for node in ast.walk(tree) if isinstance(node, thinking)]


def test_the_command_loads_no_tool_of_development() -> None:
    """What is imported decides how long a command takes to start."""
    code = "import sys, json, trellis.wsgi; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in json.loads(done.stdout)}
    assert not loaded & {"pytest", "hypothesis", "playwright", "pandas", "setuptools", "pip"}
