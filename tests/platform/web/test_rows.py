from __future__ import annotations

from markupsafe import Markup

from trellis.platform.web.rows import places_of, table_rows

NAME = {"label": "Name", "strong": True}
AMOUNT = {"label": "Amount", "end": True}


def test_columns_take_the_places_of_a_card_that_nobody_claimed() -> None:
    columns = [{"card": 2}, {}, {}, {"card": 0}, {}, {}, {}, {}]
    assert places_of(columns) == [2, 1, 3, 0, 4, 5, 6, 0]


def test_the_first_cell_leads_to_the_record() -> None:
    row = {"id": "a", "url": "/r/a?x=1&y=2", "cells": ["Kestrel", 5]}
    assert table_rows([NAME, AMOUNT], [row]) == (
        '<tr data-row="a"><td class="b c-1"><a class="row-t" href="/r/a?x=1&amp;y=2">Kestrel</a>'
        "</td>"
        '<td class="n c-3">5</td></tr>'
    )


def test_a_cell_with_a_link_of_its_own_keeps_it() -> None:
    row = {"id": "a", "url": "/r/a", "cells": [Markup('<a href="/x">X</a>')]}
    assert "row-t" not in table_rows([NAME], [row])


def test_the_name_leads_to_the_record_wherever_it_stands_else_a_cell_that_leads_nowhere() -> None:
    row = {"id": "a", "url": "/r/a", "cells": [Markup('<a href="/x">X</a>'), 5, "Kestrel"]}
    drawn = table_rows([{"label": "Account"}, AMOUNT, NAME], [row])
    assert '<a class="row-t" href="/r/a">Kestrel</a>' in drawn
    drawn = table_rows([{"label": "Account"}, AMOUNT, {"label": "City"}], [row])
    assert '<a class="row-t" href="/r/a">5</a>' in drawn


def test_a_record_without_a_name_is_called_by_its_label() -> None:
    row = {"id": "a", "url": "/r/a", "cells": [""], "label": "Task"}
    assert ">Task</a>" in table_rows([NAME], [row])


def test_text_is_escaped_in_cells_labels_ids_and_menus() -> None:
    bad = '"><script>x</script>'
    row = {"id": bad, "url": "", "cells": [bad], "label": bad, "menu": bad}
    drawn = table_rows([NAME], [row], "bulk")
    assert "<script" not in drawn
    assert drawn.count("&lt;script&gt;") == 5


def test_a_row_can_be_chosen_for_a_form_and_is_named_by_its_text() -> None:
    row = {"id": "a", "cells": [Markup("<b>Kes &amp; Co</b>")], "selected": True}
    drawn = table_rows([NAME], [row], "bulk")
    assert 'name="ids" value="a" form="bulk" checked aria-label="Select Kes &amp; Co"' in drawn
