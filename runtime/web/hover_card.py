"""A small card about a record for who rests on a link to it: its name and first highlights."""

from __future__ import annotations

from flask import render_template

from ...platform.web.access import SIGNED_IN, requires
from ..layouts.bind import Mode
from ..layouts.forms import bound_layout
from ..query.run import find_titles
from .blueprint import pages
from .display import cell_of, nameless_ids, show
from .portraits import photo_url
from .record_types import type_within
from .records import find_object, get_record, title_of
from .scope import here

MOST = 4  # fields of the card


@pages.get("/r/<record_id>/card")
@requires(SIGNED_IN)
def hover_card(record_id: str) -> str:
    """A piece of page: what the compact layout says first; what is not to be seen is not there."""
    scope = here()
    obj, found_id = find_object(record_id, scope)
    with scope.read() as connection:
        record_type = type_within(connection, scope, obj, found_id)
        bound = bound_layout(obj.name, scope.snapshot, scope.actor, Mode.READ, record_type)
        names = [field.local_name for field in bound.highlights]
        columns = [show(obj.name, name, scope.snapshot) for name in names[:MOST]]
        found = get_record(connection, scope, obj, found_id, columns)
        asked = nameless_ids(columns, [found])
        titles = find_titles(connection, scope.actor, scope.snapshot, asked)
    cells = [(one.label, cell_of(one, found, scope.snapshot, titles).text) for one in columns]
    return render_template(
        "runtime/hover_card.html",
        object=obj,
        title=title_of(obj, found, scope),
        photo=photo_url(found_id) if obj.storage == "people" else "",
        cells=cells,
    )
