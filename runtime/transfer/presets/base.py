"""What a preset knows: the headings a program writes, and the fields they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ....platform.registry import Registry

Targets = Mapping[str, str]  # {heading: field path, "" = left out}


@dataclass(frozen=True, slots=True)
class Preset:
    """A program whose exports we know. `telling` headings must all be there for it to be chosen."""

    name: str
    label: str
    telling: tuple[str, ...]
    objects: Mapping[str, Targets]  # {object: {heading: field path}}
    blanks: frozenset[str] = frozenset()  # what the program writes for nothing
    separator: str = ""  # between the values that it puts into one cell
    rest: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # {heading: for the others}


PRESETS: Registry[Preset] = Registry("import preset")


def find_preset(headings: tuple[str, ...], object_name: str) -> Preset | None:
    """The preset whose telling headings are all in the file, the most particular one."""
    fitting = [
        preset
        for preset in PRESETS
        if object_name in preset.objects and set(preset.telling) <= set(headings)
    ]
    return max(fitting, key=lambda preset: len(preset.telling), default=None)
