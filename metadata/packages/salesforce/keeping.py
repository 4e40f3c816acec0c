"""Components of Salesforce as documents that an org keeps, and back.

Written again, a component has its original words but where the org has changed since what it is
here: then the elements that say it are new, and stand where the old ones stood.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping

from ...definition import Document
from ...kinds.kept_component import Content, KeptComponent
from .component_types import PARTS
from .components import Component, place_of
from .markup import Element, element, markup_text, parse_markup
from .reading import composed
from .translator import Draft, Find, Translator, grouped, stated, uid_of
from .translators import TRANSLATORS
from .writing import safe_name

KIND = "KeptComponent"
STAND_IN = "-"  # the place of what came from no file, and is written to none


def kept_document(
    component: Component, lives_as: Document | None = None, find: Find = lambda _kind, _name: None
) -> Draft:
    """The document that keeps a component; `lives_as` is what it has become here."""
    draft = stated(
        {
            "kind": KIND,
            "uid": uid_of("sf.kept", component.key),
            "name": _short(component.key),
            "type": component.type,
            "fullName": _short(component.name),
            "place": component.place or STAND_IN,
            "home": component.home,
            "twin": component.is_twin or None,
            "contents": [_content(path, c) for path, c in sorted(component.contents.items())],
        }
    )
    if component.tree is not None and component.place:
        draft["xml"] = markup_text(component.tree)
    if lives_as is not None:
        draft["livesAs"] = {"kind": lives_as["kind"], "name": lives_as["name"]}
        if component.place:
            draft["digests"] = digests_of(TRANSLATORS.get(component.type), lives_as, find)
    return draft


def digests_of(translator: Translator, document: Document, find: Find) -> dict[str, str]:
    """{element: digest} of what is written of a document."""
    groups = grouped(translator.write(document, find))
    return {name: _digest(found) for name, found in groups.items()}


def restored(kept: KeptComponent, live: Document | None, find: Find) -> Component:
    """The component as it is now."""
    tree = parse_markup(kept.name, kept.xml.encode()) if kept.xml else None
    translator = TRANSLATORS.find(kept.type)
    name = kept.full_name
    place = kept.place
    if tree is not None and live is not None and translator is not None:
        tree = _brought_up_to_date(tree, kept.digests, translator, live, find)
        name, place = _renamed(kept, translator, live, find)
    contents = {row.path: _bytes(row) for row in kept.contents}
    return Component(kept.type, name, tree, place, kept.home, contents, kept.is_twin)


def written(document: Document, find: Find, base: Document | None = None) -> Component | None:
    """A component of a document that came from no file; None for what Salesforce has no type for.

    With `base`, only what differs from that.
    """
    ways = (t for t in TRANSLATORS if t.kind == document["kind"] and t.stands_alone(document))
    if (translator := next(ways, None)) is None:
        return None
    groups = grouped(translator.write(document, find))
    old = digests_of(translator, base, find) if base is not None else {}
    parts = [e for name, g in groups.items() if _digest(g) != old.get(name) for e in g]
    name = translator.full_name(document)
    tree = composed(element(translator.name), parts)
    if translator.name not in PARTS:
        return Component(translator.name, name, tree, place_of(translator.name, safe_name(name)))
    owner, _dot, local = name.rpartition(".")
    part = PARTS[translator.name]
    place = f"objects/{owner}/{part.folder}/{safe_name(local)}.{part.suffix}"
    tree = tree.with_children((element("fullName", local), *tree.children))
    return Component(translator.name, name, tree, place)


def _brought_up_to_date(
    tree: Element, digests: Mapping[str, str], translator: Translator, live: Document, find: Find
) -> Element:
    new = grouped(translator.write(live, find))
    changed = {name for name in {*new, *digests} if _digest(new.get(name, ())) != digests.get(name)}
    if translator.name in PARTS and tree.find("fullName") is not None:
        local = translator.full_name(live).rpartition(".")[2]
        if tree.value("fullName") != local:
            changed.add("fullName")
            new["fullName"] = [element("fullName", local)]
    for name in sorted(changed):
        brought = translator.brought(name, list(tree.all(name)), new.get(name, []))
        tree = _exchanged(tree, name, brought)
    return tree


def _exchanged(tree: Element, name: str, new: list[Element]) -> Element:
    at = next((i for i, child in enumerate(tree.children) if child.name == name), None)
    rest = [child for child in tree.children if child.name != name]
    if at is None:
        return composed(tree, new)
    at -= sum(child.name == name for child in tree.children[:at])
    return tree.with_children((*rest[:at], *new, *rest[at:]))


def _renamed(
    kept: KeptComponent, translator: Translator, live: Document, find: Find
) -> tuple[str, str]:
    name = translator.full_name(live)
    if name == kept.full_name or _short(name) == kept.full_name:
        return kept.full_name, kept.place
    fresh = written(live, find)
    return name, fresh.place if fresh else kept.place


def _digest(elements: Iterable[Element]) -> str:
    text = "\n".join(map(markup_text, elements))
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else ""


def _short(name: str) -> str:
    """At most as long as a name can be."""
    if len(name) <= 240:
        return name
    return f"{name[:220]}~{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def _content(path: str, content: bytes) -> dict[str, str]:
    try:
        return {"path": path, "text": content.decode("utf-8")}
    except UnicodeDecodeError:
        return {"path": path, "base64": base64.b64encode(content).decode("ascii")}


def _bytes(row: Content) -> bytes:
    return base64.b64decode(row.base64) if row.base64 else row.text.encode()


def components_of(
    documents: Iterable[Document], kept: Iterable[KeptComponent], bases: Mapping[str, Document]
) -> Iterator[Component]:
    """What is kept, as it is now, and what came from no file; `bases` are {uid: as shipped}."""
    by_name = {(str(d["kind"]), str(d["name"])): d for d in documents}
    told: set[tuple[str, str]] = set()
    keys: set[str] = set()

    def find(kind: str, name: str) -> Document | None:
        return by_name.get((kind, name))

    for one in kept:
        live = by_name.get(one.lives_as) if one.lives_as else None
        told |= {one.lives_as} if one.lives_as else set()
        if one.place == STAND_IN:
            continue
        component = restored(one, live, find)
        keys.add(component.key)
        yield component
    for key, document in by_name.items():
        found = None if key in told else written(document, find, bases.get(str(document["uid"])))
        if found is not None and found.root.children and found.key not in keys:
            keys.add(found.key)
            yield found
