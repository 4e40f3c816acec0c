"""The grammar of API names: what may be called how, and how a label becomes a name."""

from __future__ import annotations

import re
import unicodedata

from ..platform.errors import Problem
from ..platform.i18n import _

CUSTOM = "__c"
RELATION = "__r"
METADATA_TYPE = "__mdt"  # ends the name of an object whose records are settings that travel
MAX_LENGTH = 40  # of a custom name without its suffix and namespace

_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*")
RESERVED = frozenset(
    {
        "id", "ownerid", "owner", "createddate", "createdbyid", "createdby", "lastmodifieddate",
        "lastmodifiedbyid", "lastmodifiedby", "systemmodstamp", "isdeleted", "recordtypeid",
        "attributes", "select", "from", "where",
    }
)  # fmt: skip


def api_name(label: str) -> str:
    """An API name made of a label, without suffix: "Delivery region" -> "Delivery_region"."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
    words = re.findall(r"[A-Za-z0-9]+", plain)
    name = "_".join(words)[:MAX_LENGTH].rstrip("_")
    return name if name[:1].isalpha() else f"X{name}" if name else ""


def is_api_name(text: str) -> bool:
    """Says whether the text is an API name without suffix: letters, digits, single underscores."""
    return bool(_NAME.fullmatch(text)) and len(text) <= MAX_LENGTH


def check_custom_name(name: str, *path: str | int) -> tuple[Problem, ...]:
    """Problems of a custom name given with its suffix ("Invoice__c")."""
    bare = name.removesuffix(CUSTOM)
    if bare == name:
        hint = _("Write %(name)s.", name=name + CUSTOM)
        return (Problem("name.suffix", path, _("A custom name ends in __c."), hint),)
    namespace, _dunder, rest = bare.rpartition("__")
    if not _NAME.fullmatch(rest) or (namespace and not _NAME.fullmatch(namespace)):
        message = _("%(name)s is not an API name.", name=repr(name))
        hint = _("Begin with a letter; use letters, digits and single underscores.")
        return (Problem("name.grammar", path, message, hint),)
    if len(rest) > MAX_LENGTH:
        message = _("The API name is longer than %(n)s characters.", n=MAX_LENGTH)
        return (Problem("name.too_long", path, message),)
    if rest.casefold() in RESERVED:
        return (Problem("name.reserved", path, _("%(name)s is reserved.", name=repr(rest))),)
    return ()


def relationship_of(field_name: str) -> str:
    """The relationship of a lookup: "AccountId" -> "Account", "Account__c" -> "Account__r"."""
    if field_name.endswith(CUSTOM):
        return field_name.removesuffix(CUSTOM) + RELATION
    return field_name.removesuffix("Id")
