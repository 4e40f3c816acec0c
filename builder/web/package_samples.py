"""The sample records of a package, loaded by the import service after its installation.

Parents come before their children. Sample records are imported as rows of any file are, by the
actor: what they may not create is refused, and told.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from ...metadata.snapshot import Snapshot
from ...platform.errors import Denied, NotFound, Rejected
from ...platform.i18n import _, ngettext
from ...runtime.transfer.importing import ImportResult, ImportRun, Options
from ...runtime.transfer.mapping import suggest
from ...runtime.transfer.source import open_source
from ...runtime.web.scope import Here

Results = Mapping[str, ImportResult | str]  # {object: what became of the rows, or why nothing}


def load_samples(scope: Here, samples: Mapping[str, bytes]) -> Results:
    """Imports each table; one that cannot be read does not keep the others out."""
    found = {_object_of(name): content for name, content in samples.items() if _is_table(name)}
    return {
        name: _imported(scope, name, found[name]) for name in in_order(scope.snapshot, set(found))
    }


def in_order(snapshot: Snapshot, names: set[str]) -> list[str]:
    """Objects so that what they point at comes first; circles as they come."""
    done: list[str] = []

    def visit(name: str, above: frozenset[str]) -> None:
        if name in done or name in above or snapshot.find_object(name) is None:
            return
        for field in snapshot.fields(name).values():
            for target in field.reference_to:
                if target in names:
                    visit(target, above | {name})
        done.append(name)

    for name in sorted(names):
        visit(name, frozenset())
    return done


def describe(results: Results) -> Iterator[tuple[str, str]]:
    """(sentence, kind) for the toasts."""
    good = sum(one.created for one in results.values() if isinstance(one, ImportResult))
    yield ngettext("%(n)s sample record was added.", "%(n)s sample records were added.", good), "ok"
    for name, one in results.items():
        if isinstance(one, str):
            yield _("%(name)s: %(text)s", name=name, text=one), "bad"
        elif one.failed:
            text = one.errors[0].reason if one.errors else ""
            yield _("%(name)s: %(n)s rows were refused. %(text)s", name=name, n=one.failed,
                    text=text), "bad"  # fmt: skip


def _imported(scope: Here, name: str, content: bytes) -> ImportResult | str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.csv"
        path.write_bytes(content)
        try:
            source = open_source(path)
            mapping = suggest(source.headings, name, scope.snapshot)
            options = Options(create_parents=False)
            run = ImportRun(scope.org_db, scope.actor, scope.snapshot, source, mapping, options)
            return run.run()
        except (Rejected, Denied, NotFound) as refused:
            return str(refused)


def _is_table(name: str) -> bool:
    return name.startswith("samples/") and name.endswith(".csv") and name.count("/") == 1


def _object_of(name: str) -> str:
    return name.removeprefix("samples/").removesuffix(".csv")
