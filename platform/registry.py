"""One home for a kind of thing: items found by discovery, looked up by name."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Generic, Protocol, TypeVar

from .errors import Problem, Rejected, did_you_mean
from .i18n import _


class Named(Protocol):
    """What a registry can hold."""

    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=Named)


class Registry(Generic[T]):
    """Items by name; `noun` says in errors what kind of thing is meant ("field type")."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._items: dict[str, T] = {}

    def register(self, item: T) -> T:
        """Adds the item; two items of one name are a bug and both are named."""
        rival = self._items.setdefault(item.name, item)
        if rival is not item:
            raise RuntimeError(f"two {self.noun}s are called {item.name!r}: {rival!r} and {item!r}")
        return item

    def find(self, name: str) -> T | None:
        return self._items.get(name)

    def get(self, name: str) -> T:
        """The item of that name; raises Rejected with the nearest spelling."""
        if (item := self._items.get(name)) is not None:
            return item
        message = _("%(name)s is not a %(noun)s.", name=repr(name), noun=self.noun)
        code = f"{self.noun.replace(' ', '_')}.unknown"
        raise Rejected(Problem(code, (), message, did_you_mean(name, self._items)))

    def all(self) -> tuple[T, ...]:
        return tuple(self._items[name] for name in sorted(self._items))

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._items))

    def __iter__(self) -> Iterator[T]:
        return iter(self.all())

    def discover(self, package: ModuleType) -> None:
        """Imports every module of the package, each of which registers what it holds."""
        for module in iter_modules(package.__path__, package.__name__ + "."):
            import_module(module.name)
