"""Components as files, in source format or in the Metadata API's layout.

**Canonical form.** Two sets of files are equal when they have the same components (type and full
name) with the same trees: elements, attributes, comments and texts in the same order. What does
not count: white space between elements, the declaration and the namespace of the root, how
characters are escaped, in which file of its object a part stands, where among an object's own
elements its parts stand, in which order a translation has its fields, `package.xml` (it follows
from the rest), an object's file that says nothing.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from ..archive import Files
from .component_types import (
    BUNDLED,
    FIELD_TEXTS,
    FIELD_TEXTS_ELEMENT,
    FIELD_TEXTS_SUFFIX,
    FOLDERED,
    FOLDERS,
    PARTS,
)
from .components import FILE, Component
from .markup import COMMENT, Element, element, markup_bytes
from .reading import META, PACKAGE_FILE, PROJECT_FILE, composed

HOME = "force-app/main/default"
VERSION = "65.0"  # of the API that a written package speaks of
_UNSAFE = {"(": "%28", ")": "%29", "/": "%2F", "\\": "%5C", ":": "%3A"}


def source_files(components: Iterable[Component]) -> Files:
    """The components in source format, each where it came from."""
    found: dict[str, bytes] = {}
    for one in components:
        base = f"{one.home or HOME}/{one.place}" if one.type != FILE else _at_home(one)
        folder = base.rpartition("/")[0]
        found |= {f"{folder}/{name}".strip("/"): c for name, c in one.contents.items()}
        if one.type == "CustomObjectTranslation":
            found |= _texts(one, folder, base)
        elif one.tree is not None:
            found[base + META] = markup_bytes(one.tree)
    found.setdefault(PROJECT_FILE, _project_file(found))
    return found


def mdapi_files(components: Iterable[Component]) -> Files:
    """The components in the Metadata API's layout, with the package.xml that names them."""
    listed = [one for one in components if not one.is_twin]
    found: dict[str, bytes] = {}
    objects: defaultdict[str, list[Component]] = defaultdict(list)
    for one in listed:
        if one.type in PARTS or one.type == "CustomObject":
            objects[one.object_name].append(one)
        elif one.type != FILE or one.place.partition("/")[0] in FOLDERS:
            found |= _mdapi(one)
    for name, parts in objects.items():
        found[f"objects/{name}.object"] = markup_bytes(_whole(parts))
    found[PACKAGE_FILE] = markup_bytes(package_xml(listed))
    return found


def package_xml(components: Iterable[Component]) -> Element:
    """The list of the components by type."""
    members: defaultdict[str, set[str]] = defaultdict(set)
    for one in components:
        if one.type != FILE:
            is_folder = one.type.endswith("Folder")
            members[_listed_as(one.type) if is_folder else one.type].add(one.name)
    types = (
        element("types", *(element("members", name) for name in sorted(names)),
                element("name", type_name))
        for type_name, names in sorted(members.items())
    )  # fmt: skip
    return element("Package", *types, element("version", VERSION))


def canonical(components: Iterable[Component]) -> Mapping[str, tuple[Element, Mapping[str, bytes]]]:
    """{key: (tree, contents)}: equal for what says the same, whatever layout it was read from."""
    return {
        one.key: (_canonical(one), dict(one.contents)) for one in components if one.type != FILE
    }


def _canonical(one: Component) -> Element:
    if one.type != "CustomObjectTranslation":
        return one.root
    fields = sorted(one.root.all(FIELD_TEXTS_ELEMENT), key=lambda e: e.value("name"))
    rest = tuple(c for c in one.root.children if c.name != FIELD_TEXTS_ELEMENT)
    return one.root.with_children((*rest, *fields))


def safe_name(name: str) -> str:
    """A full name as the name of a file, as Salesforce's tools write it."""
    return "".join(_UNSAFE.get(c, c) for c in name) if name.isascii() else quote(name, " -_.")


# -- source format


def _at_home(one: Component) -> str:
    return f"{one.home}/{one.place}".strip("/")


def _texts(one: Component, folder: str, base: str) -> dict[str, bytes]:
    """A translation of an object: a file of its own, and one for each field."""
    rest = tuple(c for c in one.root.children if c.name != FIELD_TEXTS_ELEMENT)
    found = {base + META: markup_bytes(one.root.with_children(rest))}
    folder = folder if folder.endswith(f"/{one.name}") else f"{folder}/{one.name}"
    for part in one.root.all(FIELD_TEXTS_ELEMENT):
        path = f"{folder}/{part.value('name')}.{FIELD_TEXTS_SUFFIX}{META}"
        found[path] = markup_bytes(Element(FIELD_TEXTS, children=part.children))
    return found


def _project_file(files: Mapping[str, bytes]) -> bytes:
    tops = sorted({name.partition("/")[0] for name in files if "/" in name})
    rows = [{"path": top, "default": top == tops[0]} for top in tops]
    said = {"packageDirectories": rows, "namespace": "", "sourceApiVersion": VERSION}
    return (json.dumps(said, indent=2) + "\n").encode()


# -- the Metadata API's layout


def _mdapi(one: Component) -> dict[str, bytes]:
    folder, *inside = one.place.split("/")
    keeps = folder in FOLDERED or folder in BUNDLED or one.type == FILE
    base = "/".join((folder, *inside)) if keeps else f"{folder}/{inside[-1]}"
    if one.type.endswith("Folder") and folder in FOLDERED:
        base = base.rpartition(".")[0]
    beside = base.rpartition("/")[0]
    found = {f"{beside}/{name}".strip("/"): content for name, content in one.contents.items()}
    if one.tree is None:
        return found
    has_meta = bool(one.contents) or one.type.endswith("Folder")
    return {**found, base + META * has_meta: markup_bytes(one.tree)}


def _whole(parts: list[Component]) -> Element:
    """An object with its parts inside."""
    own = next((p.root for p in parts if p.type == "CustomObject"), element("CustomObject"))
    rest = [
        Element(PARTS[p.type].element, children=p.root.children)
        for p in sorted(parts, key=lambda p: p.name)
        if p.type != "CustomObject"
    ]
    return composed(own, rest)


def _listed_as(folder_type: str) -> str:
    """A folder is listed with the type of what is in it."""
    plain = folder_type.removesuffix("Folder")
    return "EmailTemplate" if plain == "Email" else plain


__all__ = ["COMMENT", "canonical", "mdapi_files", "package_xml", "safe_name", "source_files"]
