"""Email: an address that mail can be sent to, checked for its shape."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _, lazy
from .base import FIELD_TYPES, NEUTRAL, Example, Reading, Value
from .controls import EmailControl, with_attributes
from .words import WordsType

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField

# the local part of RFC 5321 without quoted strings, and a domain with a dot; letters of any script
_SHAPE = re.compile(
    r"(?!\.)(?!.*\.\.)[\w.!#$%&'*+/=?^`{|}~-]{1,64}(?<!\.)@"
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{1,62}"
)


class Email(WordsType):
    """One address of up to 80 characters, without a display name."""

    name = "Email"
    label = lazy("Email")
    help = lazy("An email address.")
    icon = "mail"
    widget = "mail"
    control = "email"
    max_length = 80
    default_length = 80
    json_schema = MappingProxyType({"type": "string", "format": "email"})
    examples = (
        Example("mei.lin@example.com", "mei.lin@example.com"),
        Example("O'Neil+crm@Sub.Example.org", "O'Neil+crm@Sub.Example.org"),
        Example("用户@例子.公司", "用户@例子.公司"),
        Example("", None),
    )
    refused = (
        "nobody", "@example.com", "a@b", "a b@example.com", "a@example..com", "a..b@example.com",
        "Mei <mei@example.com>", "a@example.com,b@example.com", "a\x00@example.com",
    )  # fmt: skip

    def parse(self, text: str, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        found = super().parse(text, f, reading)
        if found is None or _SHAPE.fullmatch(found):
            return found
        message = _("%(text)s is not an email address.", text=repr(found)[:90])
        hint = _("Write it like name@example.com.")
        raise Rejected(Problem("email.malformed", (f.local_name,), message, hint))

    def form_field(self, f: CustomField, **kwargs: Any) -> Any:
        return EmailControl(**with_attributes(kwargs, maxlength=80, autocomplete="off"))


FIELD_TYPES.register(Email())
