"""The form controls of field types: WTForms fields whose data are the texts that `parse` reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import wtforms
from wtforms import widgets
from wtforms.fields import choices

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


class _Listed(choices.SelectFieldBase):
    """A control with `choices`, pairs of value and label; what they lack can still be shown.

    `groups` is {value: heading} where the choices stand under headings.
    """

    def __init__(
        self,
        *args: Any,
        choices: Iterable[tuple[str, str]] = (),
        groups: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.choices = list(choices)
        self.groups = groups or {}

    def _chosen(self) -> list[str]:
        raise NotImplementedError

    def iter_choices(self) -> Iterator[Any]:
        chosen = self._chosen()
        known = {value for value, _label in self.choices}
        gone = [(value, value) for value in chosen if value not in known]
        for value, label in [*self.choices, *gone]:
            more = {"group": self.groups[value]} if value in self.groups else {}
            yield choices.Choice(value, str(label), value in chosen, more)  # type: ignore[attr-defined]


class ChoiceControl(_Listed):
    """A value of a list; its data is a text, "" for none."""

    widget = widgets.Select()

    def _chosen(self) -> list[str]:
        return [self.data or ""] if self.data or "" in dict(self.choices) else []

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = valuelist[0]


class ChoicesControl(_Listed):
    """Several values of a list; its data is a list of texts."""

    widget = widgets.Select(multiple=True)

    def _chosen(self) -> list[str]:
        return list(self.data or ())

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = [text for text in valuelist if text]


class LookupControl(TextControl):
    """The id of a record; the page's typeahead turns names into ids."""


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
