"""Files of Salesforce metadata as components: source format and the Metadata API's layout.

Source format has a file for each part of an object and `-meta.xml` at the end of names; the
Metadata API has a `package.xml` and whole objects. Each folder of a project may be of either.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from urllib.parse import unquote

from ....platform.errors import Problem, Rejected
from ....platform.i18n import _
from ..archive import Files, Wanted
from .component_types import (
    BUNDLED,
    FIELD_TEXTS,
    FIELD_TEXTS_ELEMENT,
    FOLDER_TYPES,
    FOLDERED,
    FOLDERS,
    PARTS_BY_ELEMENT,
    PARTS_BY_FOLDER,
)
from .components import FILE, Component, Deleted, Project, with_twins_marked
from .markup import Element, element, parse_markup
from .records import sample_tables

META, PROJECT_FILE, PACKAGE_FILE = "-meta.xml", "sfdx-project.json", "package.xml"
_DESTRUCTIVE = re.compile(r"destructiveChanges\w*\.xml")
_LEFT_OUT = frozenset({"node_modules", "__tests__"})


def _is_hidden(where: str) -> bool:
    parts = PurePosixPath(where).parts
    return any(part.startswith(".") or part in _LEFT_OUT for part in parts)


SALESFORCE = Wanted(_is_hidden, lambda _name: True)


def is_salesforce(names: Mapping[str, bytes] | frozenset[str]) -> bool:
    """Says whether files of these names are Salesforce metadata, in either layout."""
    tails = {name.rpartition("/")[2] for name in names}
    return bool({PROJECT_FILE, PACKAGE_FILE} & tails) or any(n.endswith(META) for n in names)


def read_project(files: Files, name: str = "") -> Project:
    """The project of these files; `name` is what it is called when no file says so.

    Raises Rejected when there is no metadata at all.
    """
    files = _unwrapped(files)
    said = _said(files)
    problems: list[Problem] = []
    found: list[Component] = []
    deleted: list[Deleted] = []
    for root in _roots(files, said):
        inside = {p.removeprefix(root): c for p, c in files.items() if p.startswith(root)}
        is_mdapi = PACKAGE_FILE in inside
        read = _Mdapi if is_mdapi else _Source
        reader = read(inside, root.rstrip("/"), problems)
        found += reader.components()
        deleted += reader.deleted()
    if not any(one.type != FILE for one in found):
        message = _("There is no Salesforce metadata here.")
        hint = _("Choose the folder that has sfdx-project.json or package.xml.")
        raise Rejected(Problem("salesforce.empty", (), message, hint))
    if PROJECT_FILE in files:
        contents = {PROJECT_FILE: files[PROJECT_FILE]}
        found.append(Component(FILE, PROJECT_FILE, None, PROJECT_FILE, "", contents))
    samples, unread = sample_tables(files)
    label, version = _title(said)
    called = package_name(label or name or "salesforce")
    return Project(called, label or name, version, with_twins_marked(found), tuple(deleted),
                   tuple(problems), samples, unread)  # fmt: skip


def package_name(text: str) -> str:
    """A text as the name of a package: "Coral Cloud Resorts" -> "coral-cloud-resorts"."""
    plain = re.sub(r"[^a-z0-9_]+", "-", text.casefold()).strip("-_")[:40].strip("-")
    return plain if plain[:1].isalpha() else f"p-{plain}"[:40].strip("-")


def _unwrapped(files: Files) -> Files:
    """Without the one folder that a downloaded zip has around everything."""
    tops = {name.partition("/")[0] for name in files}
    if len(tops) != 1 or not all("/" in name for name in files):
        return files
    top = f"{next(iter(tops))}/"
    holds = {top + PROJECT_FILE, top + PACKAGE_FILE} & set(files)
    return {name.removeprefix(top): c for name, c in files.items()} if holds else files


def _said(files: Files) -> Mapping[str, object]:
    try:
        said = json.loads(files.get(PROJECT_FILE, b"{}"))
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _directories(said: Mapping[str, object]) -> list[Mapping[str, object]]:
    rows = said.get("packageDirectories")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _title(said: Mapping[str, object]) -> tuple[str, str]:
    """What the project calls itself, and its version without what is no number."""
    rows = _directories(said)
    first = next((row for row in rows if row.get("default")), rows[0] if rows else {})
    label = said.get("name") or first.get("package") or ""
    digits = re.match(r"\d{1,6}(\.\d{1,6}){0,3}", str(first.get("versionNumber") or ""))
    return str(label)[:80], digits[0] if digits else "1.0.0"


def _roots(files: Files, said: Mapping[str, object]) -> list[str]:
    """The folders to read, each with a slash at its end; "" is everything."""
    paths = [str(row.get("path") or "").strip("./") for row in _directories(said)]
    roots = [f"{path}/" for path in dict.fromkeys(paths) if path]
    found = [root for root in roots if any(name.startswith(root) for name in files)]
    if not found and f"src/{PACKAGE_FILE}" in files:
        return ["src/"]
    return found or [""]


def component_name(place: str) -> str:
    """The full name of what lies at a place: "Sales/Pipeline" of reports/Sales/Pipeline.report."""
    folder, *inside = place.split("/")
    if folder == "objects" and len(inside) == 3:
        return f"{inside[0]}.{unquote(_stem(inside[2]))}"
    if folder in BUNDLED and len(inside) > 1:
        return inside[0]
    if folder in FOLDERED:
        return unquote("/".join((*inside[:-1], _stem(inside[-1]))))
    return unquote(_stem(inside[-1] if inside else folder))


def _stem(file_name: str) -> str:
    return file_name.rpartition(".")[0] or file_name


class _Reader:
    """What both layouts share: trees of files, and files that are none."""

    def __init__(self, files: Files, root: str, problems: list[Problem]) -> None:
        self.files, self.root, self.problems = files, root, problems
        self.used: set[str] = set()

    def tree(self, path: str) -> Element | None:
        """The file's tree; None for one that is no XML, which is said."""
        try:
            return parse_markup(f"{self.root}/{path}".strip("/"), self.files[path])
        except Rejected as refusal:
            self.problems += refusal.problems
            return None

    def divided(self, path: str) -> tuple[str, str]:
        """(home, place) of a path: at the first folder that is one of a type."""
        parts = path.split("/")
        at = next((i for i, part in enumerate(parts[:-1]) if part in FOLDERS), None)
        at = max(len(parts) - 2, 0) if at is None else at
        return "/".join(parts[:at]), "/".join(parts[at:])

    def home(self, inside: str) -> str:
        return "/".join(part for part in (self.root, inside) if part)

    def rest(self) -> Iterator[Component]:
        """Files that belong to no component."""
        for path in sorted(set(self.files) - self.used):
            if path == PACKAGE_FILE or _DESTRUCTIVE.fullmatch(path):
                continue
            home, place = self.divided(path)
            contents = {place.rpartition("/")[2]: self.files[path]}
            yield Component(FILE, self.home(path), None, place, self.home(home), contents)

    def deleted(self) -> Iterator[Deleted]:
        for path in sorted(self.files):
            if _DESTRUCTIVE.fullmatch(path) and (tree := self.tree(path)) is not None:
                for row in tree.all("types"):
                    for name in row.values("members"):
                        yield Deleted(row.value("name"), name)

    def contents(self, path: str, place: str) -> dict[str, bytes]:
        """The files that belong to the component whose XML is at the path."""
        folder, _slash, file_name = path.removesuffix(META).rpartition("/")
        prefix = f"{folder}/" if folder else ""
        type_folder = place.partition("/")[0]
        if type_folder in BUNDLED:
            mine = [p for p in self.files if p.startswith(prefix) and not p.endswith(META)]
        else:
            stem = prefix + _stem(file_name)
            mine = [p for p in self.beside.get(stem, ()) if not p.endswith(META)]
            if type_folder == "staticresources":
                mine += [p for p in self.files if p.startswith(stem + "/")]
        self.used.update(mine)
        return {p.removeprefix(prefix): self.files[p] for p in sorted(mine)}

    @property
    def beside(self) -> Mapping[str, list[str]]:
        """{path without its last ending: the files}"""
        if not hasattr(self, "_beside"):
            found: dict[str, list[str]] = {}
            for path in self.files:
                found.setdefault(_stem(path), []).append(path)
            self._beside = found
        return self._beside


class _Source(_Reader):
    """Source format."""

    def components(self) -> list[Component]:
        found = [one for path in sorted(self.files) if path.endswith(META)
                 for one in self.component(path)]  # fmt: skip
        return [*_with_texts(found), *self.rest()]

    def component(self, path: str) -> Iterator[Component]:
        if (tree := self.tree(path)) is None:
            return
        self.used.add(path)
        inside, place = self.divided(path.removesuffix(META))
        home, name = self.home(inside), component_name(place)
        if tree.name == "CustomObject":
            yield from split_object(tree, name, home)
        elif tree.name == FIELD_TEXTS:
            yield Component(FIELD_TEXTS, place.split("/")[1], tree, place, home)
        else:
            contents = self.contents(path, place)
            yield Component(type_of(tree, place), self.named(tree, name, place), tree, place, home,
                            contents)  # fmt: skip

    def named(self, tree: Element, name: str, place: str) -> str:
        """Parts of objects are called as their XML says, others as their file."""
        parts = place.split("/")
        if len(parts) == 4 and parts[2] in PARTS_BY_FOLDER and tree.value("fullName"):
            return f"{parts[1]}.{tree.value('fullName')}"
        return name


class _Mdapi(_Reader):
    """The Metadata API's layout."""

    def components(self) -> list[Component]:
        found = [one for path in sorted(self.files) for one in self.component(path)]
        return [*found, *self.rest()]

    def component(self, path: str) -> Iterator[Component]:
        if path == PACKAGE_FILE or _DESTRUCTIVE.fullmatch(path) or "/" not in path:
            return
        if not path.endswith(META) and (path + META in self.files or not self.is_xml(path)):
            return
        if (tree := self.tree(path)) is None:
            return
        self.used.add(path)
        inside, place = self.divided(path.removesuffix(META))
        home = self.home(inside)
        if tree.name in FOLDER_TYPES:
            suffix = f".{tree.name[0].lower()}{tree.name[1:]}"
            place = place if place.endswith(suffix) else place + suffix
        name = component_name(place)
        if tree.name == "CustomObject":
            yield from split_object(tree, name, home)
            return
        contents = self.contents(path, place) if path.endswith(META) else {}
        yield Component(type_of(tree, place), name, tree, place, home, contents)

    def is_xml(self, path: str) -> bool:
        return self.files[path].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def type_of(tree: Element, place: str) -> str:
    """The type that a file says, which for settings is in its place."""
    return "Settings" if place.startswith("settings/") else tree.name


def split_object(tree: Element, name: str, home: str) -> Iterator[Component]:
    """An object's own elements as one component, and each of its parts as one.

    An object's file that says nothing of the object itself is none.
    """
    own = [child for child in tree.children if not _is_part(child)]
    if own:
        place = f"objects/{name}/{name}.object"
        yield Component("CustomObject", name, tree.with_children(tuple(own)), place, home)
    for child in tree.children:
        if _is_part(child):
            part = PARTS_BY_ELEMENT[child.name]
            local = child.value("fullName")
            place = f"objects/{name}/{part.folder}/{local}.{part.suffix}"
            inside = Element(part.name, children=child.children)
            yield Component(part.name, f"{name}.{local}", inside, place, home)


def _is_part(child: Element) -> bool:
    return child.name in PARTS_BY_ELEMENT and bool(child.value("fullName"))


def _with_texts(components: list[Component]) -> Iterator[Component]:
    """Objects' translations with the texts of their fields, which source format has beside them."""
    texts: dict[tuple[str, str], list[Element]] = {}
    homes: dict[tuple[str, str], str] = {}
    for one in components:
        if one.type == FIELD_TEXTS:
            inside = Element(FIELD_TEXTS_ELEMENT, children=one.root.children)
            texts.setdefault((one.home, one.name), []).append(inside)
            homes[one.home, one.name] = one.home
    for one in components:
        if one.type == "CustomObjectTranslation" and one.tree is not None:
            more = texts.pop((one.home, one.name), [])
            tree = composed(one.tree, more)
            yield Component(one.type, one.name, tree, one.place, one.home)
        elif one.type != FIELD_TEXTS:
            yield one
    for (home, name), more in texts.items():
        place = f"objectTranslations/{name}/{name}.objectTranslation"
        tree = composed(element("CustomObjectTranslation"), more)
        yield Component("CustomObjectTranslation", name, tree, place, home)


def composed(tree: Element, parts: list[Element]) -> Element:
    """The tree with more children, each group where its name stands in the alphabet."""
    children = list(tree.children)
    for part in parts:
        at = next((i for i, c in enumerate(children) if c.name > part.name), len(children))
        children.insert(at, part)
    return tree.with_children(tuple(children))
