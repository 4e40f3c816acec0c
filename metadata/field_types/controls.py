"""The form controls of field types: WTForms fields whose data are the texts that `parse` reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import wtforms
from wtforms import widgets

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField
    from ..kinds.value_set import PicklistValue


class TextControl(wtforms.StringField):
    """A line of text; a text that was not sent is "" and not None."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = valuelist[0]


class LinesControl(wtforms.TextAreaField):
    """Lines of text; browsers send CR LF, which parse unifies."""


class NumberControl(TextControl):
    """A number in the reader's own notation, with the keyboard for it on a phone."""

    widget = widgets.TextInput()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **with_attributes(kwargs, inputmode="decimal", autocomplete="off"))


class DayControl(TextControl):
    widget = widgets.DateInput()


class MomentControl(TextControl):
    """A local date and time of day; step "any" keeps seconds."""

    widget = widgets.DateTimeLocalInput()


class ClockControl(TextControl):
    widget = widgets.TimeInput()


class EmailControl(TextControl):
    widget = widgets.EmailInput()


class PhoneControl(TextControl):
    widget = widgets.TelInput()


class UrlControl(TextControl):
    # type=url would refuse "mailto:" and whatever lacks a scheme before we can help
    widget = widgets.TextInput()


class CheckControl(wtforms.Field):
    """A checkbox; its data is "true" or "false"."""

    widget = widgets.CheckboxInput()

    @property
    def checked(self) -> bool:
        return self.data in ("true", True)

    def process_data(self, value: Any) -> None:
        self.data = "true" if value in ("true", True) else "false"

    def process_formdata(self, valuelist: list[Any]) -> None:
        off = not valuelist or valuelist[0].strip().lower() in ("", "false", "0")
        self.data = "false" if off else "true"

    def _value(self) -> str:
        return "true"


class ChoiceControl(wtforms.SelectField):
    """A value of a list. The current value is offered even when the list has it no more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"choices": [], **kwargs, "validate_choice": False})

    def iter_choices(self) -> Iterator[tuple[Any, str, bool, dict[str, Any]]]:
        current = self.data or ""
        pairs = [_pair(choice) for choice in self.choices or ()]
        if current and current not in [value for value, _label in pairs]:
            pairs.append((current, current))
        for value, label in pairs:
            yield value, label, value == current, {}


class ChoicesControl(wtforms.SelectMultipleField):
    """Several values of a list."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"choices": [], **kwargs, "validate_choice": False})

    def iter_choices(self) -> Iterator[tuple[Any, str, bool, dict[str, Any]]]:
        current = list(self.data or ())
        pairs = [_pair(choice) for choice in self.choices or ()]
        known = {value for value, _label in pairs}
        for value, label in [*pairs, *((gone, gone) for gone in current if gone not in known)]:
            yield value, label, value in current, {}


class LookupControl(TextControl):
    """The id of a record; the page's typeahead turns names into ids."""


def _pair(choice: Any) -> tuple[str, str]:
    return (choice, choice) if isinstance(choice, str) else (choice[0], choice[1])


def with_attributes(kwargs: Mapping[str, Any], **attributes: Any) -> dict[str, Any]:
    """Keyword arguments of a control whose HTML attributes are extended; those given win."""
    return {**kwargs, "render_kw": {**attributes, **(kwargs.get("render_kw") or {})}}


def options(
    values: Iterable[PicklistValue], labels: Mapping[str, str] | None = None
) -> Sequence[tuple[str, str]]:
    """(value, label) of the active values, for a control's `choices`."""
    return [(v.name, (labels or {}).get(v.name, v.label)) for v in values if v.active]


def offered(f: CustomField, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments with the field's own values as choices when none are given."""
    return {"choices": options(f.inline_values), **kwargs}
