"""People whom documents name: replaced by users of the org, and by nobody where it is said so."""

from __future__ import annotations

import pytest

from tests.factories import make_document
from trellis.metadata.packages.manifest import Manifest
from trellis.metadata.packages.people import parse_people, people_of, settled
from trellis.metadata.packages.read import Extension, Package
from trellis.platform.errors import Rejected

ANA, BEA = "ana@old.example", "bea@new.example"


def test_the_running_user_of_a_dashboard_is_mapped() -> None:
    board = make_document("Dashboard", "Sales", label="Sales", runningUser=ANA)
    patch = {"set": {"runningUser": ANA, "label": "Ours"}}
    theirs = Extension("Dashboard", "d", "Theirs", "standard", patch)
    package = Package(Manifest("p"), (board,), (theirs,))
    assert people_of(package) == {ANA: ("Sales", "Theirs")}
    here = settled(package, {ANA: BEA})
    assert here.documents[0]["runningUser"] == BEA
    assert here.extensions[0].patch == {"set": {"runningUser": BEA, "label": "Ours"}}
    assert "runningUser" not in settled(package, {ANA: ""}).documents[0]
    assert settled(package, {BEA: ANA}) == package


def test_a_file_of_users_has_two_names_a_line() -> None:
    text = f"# old,new\n{ANA}, {BEA}\n\ncy@old.example,\n"
    assert parse_people(text) == {ANA: BEA, "cy@old.example": ""}
    with pytest.raises(Rejected, match="Each line"):
        parse_people("ana\n")
