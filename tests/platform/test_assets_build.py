"""The step that fills static/vendor: when it runs, when it stays away, what it refuses."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

WEB = Path(__file__).resolve().parents[2] / "platform/web"


@pytest.fixture
def assets(tmp_path: Path) -> ModuleType:
    """The build module over a copy of its inputs, with a small vendor folder that is fresh."""
    shutil.copytree(WEB / "frontend", tmp_path / "frontend")
    (tmp_path / "build").mkdir()
    shutil.copy(WEB / "build/assets.py", tmp_path / "build")
    spec = importlib.util.spec_from_file_location("build_assets", tmp_path / "build/assets.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.VENDOR.mkdir(parents=True)
    (module.VENDOR / "lit.js").write_text("export {}", "utf-8")
    module._write_manifest(module.VENDOR)
    return module


def test_a_complete_folder_of_these_inputs_is_fresh(assets: ModuleType) -> None:
    assert assets.is_fresh()


def test_nothing_is_run_while_the_folder_is_fresh(
    assets: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "system_node", pytest.fail)
    monkeypatch.setattr(assets, "_packaged_node", pytest.fail)
    assert assets.ensure() is False


@pytest.mark.parametrize("name", ["package.json", "package-lock.json", "icons.txt", "lit.js"])
def test_a_change_of_any_input_makes_it_stale(assets: ModuleType, name: str) -> None:
    path = assets.FRONTEND / name
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    assert not assets.is_fresh()


def test_a_new_entry_makes_it_stale(assets: ModuleType) -> None:
    (assets.FRONTEND / "charts.js").write_text("export {}", "utf-8")
    assert not assets.is_fresh()


def test_one_byte_changed_in_a_built_file_makes_it_stale(assets: ModuleType) -> None:
    (assets.VENDOR / "lit.js").write_text("export {};", "utf-8")
    assert not assets.is_fresh()


def test_a_lost_file_or_manifest_makes_it_stale(assets: ModuleType) -> None:
    (assets.VENDOR / "lit.js").unlink()
    assert not assets.is_fresh()
    (assets.VENDOR / "manifest.json").write_text("{", "utf-8")
    assert not assets.is_fresh()
    (assets.VENDOR / "manifest.json").unlink()
    assert not assets.is_fresh()


def test_a_stale_folder_is_built_with_the_node_that_is_there(
    assets: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(assets, "_build", lambda work, node, npm: built.append((node, npm)))
    monkeypatch.setattr(assets, "system_node", lambda: ("/bin/node", ["/bin/npm"]))
    (assets.VENDOR / "manifest.json").unlink()
    assert assets.ensure() is True
    assert built == [("/bin/node", ["/bin/npm"])]


@pytest.mark.parametrize(("said", "usable"), [("v20.1.0", True), ("v18.20.1", False), ("", False)])
def test_a_node_that_is_too_old_is_not_used(
    assets: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str, usable: bool
) -> None:
    for name in ("node", "npm"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho {said}\n", "utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setattr(assets.shutil, "which", lambda name: str(tmp_path / name))
    assert bool(assets.system_node()) is usable


def test_node_is_asked_for_only_where_it_is_missing_and_needed(
    assets: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = load_backend(assets, monkeypatch)
    monkeypatch.setattr(assets, "system_node", lambda: None)
    assert assets.NODE_PACKAGE not in backend.get_requires_for_build_wheel()
    (assets.VENDOR / "manifest.json").unlink()
    assert assets.NODE_PACKAGE in backend.get_requires_for_build_wheel()
    assert assets.NODE_PACKAGE in backend.get_requires_for_build_editable()
    monkeypatch.setattr(assets, "system_node", lambda: ("node", ["npm"]))
    assert assets.NODE_PACKAGE not in backend.get_requires_for_build_sdist()


def load_backend(assets: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setitem(sys.modules, "assets", assets)
    spec = importlib.util.spec_from_file_location("build_backend", WEB / "build/backend.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for kind in ("wheel", "editable", "sdist"):
        name = f"get_requires_for_build_{kind}"
        setattr(module, name, module._with_node(lambda config_settings=None: []))
    return module


def test_an_icon_that_does_not_exist_is_named(assets: ModuleType, tmp_path: Path) -> None:
    (assets.FRONTEND / "icons.txt").write_text("trophy no-such-icon", "utf-8")
    icons = tmp_path / "modules/lucide-static/icons"
    icons.mkdir(parents=True)
    (icons / "trophy.svg").write_text('<svg a="b">\n  <path d="M1"/>\n</svg>', "utf-8")
    with pytest.raises(SystemExit, match="no-such-icon"):
        assets._sprite(tmp_path / "modules")
    (assets.FRONTEND / "icons.txt").write_text("trophy trophy", "utf-8")
    assert assets._sprite(tmp_path / "modules").count('<symbol id="trophy"') == 1


def test_the_lock_names_no_server_and_fits_the_package_file() -> None:
    lock = json.loads((WEB / "frontend/package-lock.json").read_text("utf-8"))
    package = json.loads((WEB / "frontend/package.json").read_text("utf-8"))
    root = lock["packages"][""]
    assert root["dependencies"] == package["dependencies"]
    assert root["devDependencies"] == package["devDependencies"]
    locked = [meta for path, meta in lock["packages"].items() if path]
    assert all(
        "resolved" not in meta and meta["integrity"].startswith("sha512-") for meta in locked
    )


def test_versions_are_exact() -> None:
    package = json.loads((WEB / "frontend/package.json").read_text("utf-8"))
    versions = [*package["dependencies"].values(), *package["devDependencies"].values()]
    assert all(version.replace(".", "").isdigit() for version in versions)
