"""XML as a tree of our own, read safely and written canonically.

Refused: document types and entities, text that is no XML, trees deeper than a bearable depth or of
more elements than a component has. Kept: names, attributes, comments, text and the order of all.
White space between elements means nothing and is not kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from ....platform.errors import Problem, Rejected
from ....platform.i18n import _

METADATA = "http://soap.sforce.com/2006/04/metadata"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
SCHEMA = "http://www.w3.org/2001/XMLSchema"
COMMENT, TEXT = "#comment", "#text"  # the names of nodes that are no elements
DEEPEST = 60
MOST_ELEMENTS = 500_000
_PREFIXES = {INSTANCE: "xsi", SCHEMA: "xsd"}


@dataclass(frozen=True, slots=True)
class Element:
    """A node: its name without the namespace of metadata, and either text or nodes inside."""

    name: str
    text: str = ""
    children: tuple[Element, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()

    def all(self, name: str) -> tuple[Element, ...]:
        """The children of that name, in order."""
        return tuple(child for child in self.children if child.name == name)

    def find(self, name: str) -> Element | None:
        return next((child for child in self.children if child.name == name), None)

    def value(self, name: str, default: str = "") -> str:
        """The text of the first child of that name."""
        found = self.find(name)
        return default if found is None else found.text

    def values(self, name: str) -> tuple[str, ...]:
        """The texts of all children of that name."""
        return tuple(child.text for child in self.all(name))

    def flag(self, name: str, default: bool = False) -> bool:
        """Whether the child of that name says "true"."""
        text = self.value(name).strip().casefold()
        return text in ("true", "1") if text else default

    def with_children(self, children: tuple[Element, ...]) -> Element:
        return replace(self, children=children)


def element(name: str, *inside: Element | str | bool | int | None) -> Element:
    """A node of a text, a number, a truth or of nodes; None is left out."""
    parts = [part for part in inside if part is not None]
    if len(parts) == 1 and not isinstance(parts[0], Element):
        found = parts[0]
        return Element(name, str(found).lower() if isinstance(found, bool) else str(found))
    return Element(name, children=tuple(part for part in parts if isinstance(part, Element)))


# -- reading


@dataclass(slots=True)
class _Open:
    name: str
    attributes: tuple[tuple[str, str], ...]
    texts: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)

    def closed(self) -> Element:
        text = "".join(self.texts)
        if not self.children:
            return Element(self.name, text, (), self.attributes)
        return Element(self.name, "", tuple(self.children), self.attributes)

    def settle(self) -> None:
        """Text beside elements becomes a node; white space there is none."""
        text, self.texts = "".join(self.texts), []
        if text.strip():
            self.children.append(Element(TEXT, text))


class _Builder:
    """What the parser tells: makes elements as they close, and counts."""

    def __init__(self) -> None:
        self.open: list[_Open] = [_Open("", ())]
        self.count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.open[-1].settle()
        self.count += 1
        if len(self.open) > DEEPEST or self.count > MOST_ELEMENTS:
            raise ValueError(_("it has too many elements, or too many inside each other"))
        said = tuple((_plain(key), value) for key, value in attributes.items())
        self.open.append(_Open(_plain(name), said))

    def end(self, _name: str) -> None:
        done = self.open.pop()
        if done.children:
            done.settle()
        self.open[-1].children.append(done.closed())

    def data(self, text: str) -> None:
        self.open[-1].texts.append(text)

    def comment(self, text: str) -> None:
        self.open[-1].settle()
        self.open[-1].children.append(Element(COMMENT, text))

    def close(self) -> None:
        """The parser wants to be told; `root` has the tree."""

    def root(self) -> Element:
        return next(found for found in self.open[0].children if found.name != COMMENT)


def parse_markup(where: str, content: bytes) -> Element:
    """The tree of a file. Raises Rejected, naming the file."""
    builder = _Builder()
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    try:
        parser.feed(content.lstrip(b"\xef\xbb\xbf \t\r\n"))
        parser.close()
        return builder.root()
    except (ParseError, DefusedXmlException, ValueError, LookupError, StopIteration) as error:
        reason = str(error) or type(error).__name__
        message = _("This is no XML that we read: %(reason)s.", reason=reason)
        hint = _("Retrieve the file again.")
        raise Rejected(Problem("salesforce.xml", (where,), message, hint)) from error


def _plain(name: str) -> str:
    return name.removeprefix("{" + METADATA + "}")


# -- writing


def markup_bytes(root: Element) -> bytes:
    """The tree as the bytes of a file: equal trees give equal bytes."""
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + markup_text(root) + "\n").encode()


def markup_text(root: Element) -> str:
    """The tree as text without a declaration, with four spaces of indentation."""
    spaces = f' xmlns="{METADATA}"' if not root.name.startswith("{") else ""
    if any(name.startswith("{") for node in _nodes(root) for name, _value in node.attributes):
        spaces += f' xmlns:xsi="{INSTANCE}" xmlns:xsd="{SCHEMA}"'
    return "\n".join(_lines(root, "", spaces))


def _nodes(root: Element) -> Iterator[Element]:
    yield root
    for child in root.children:
        yield from _nodes(child)


def _lines(node: Element, indent: str, spaces: str = "") -> Iterator[str]:
    if node.name == COMMENT:
        yield f"{indent}<!--{node.text}-->"
        return
    if node.name == TEXT:
        yield indent + _escaped(node.text.strip())
        return
    name = _qualified(node.name)
    said = spaces + "".join(f' {_qualified(k)}="{_escaped(v)}"' for k, v in node.attributes)
    if node.children:
        yield f"{indent}<{name}{said}>"
        for child in node.children:
            yield from _lines(child, indent + "    ")
        yield f"{indent}</{name}>"
    elif node.text:
        yield f"{indent}<{name}{said}>{_escaped(node.text)}</{name}>"
    else:
        yield f"{indent}<{name}{said}/>"


def _qualified(name: str) -> str:
    space, brace, local = name.removeprefix("{").rpartition("}")
    return f"{_PREFIXES.get(space, 'xsi')}:{local}" if brace else local


def _escaped(text: str) -> str:
    return escape(text, {'"': "&quot;", "'": "&apos;", "\r": "&#xD;"})
