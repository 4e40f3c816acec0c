from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from trellis.platform import clock
from trellis.platform.attachments import (
    add_file,
    add_version,
    counted_files,
    delete_file,
    get_file,
    list_files,
    list_versions,
    named_hashes,
    purge_deleted,
    put_back,
)
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import NotFound
from trellis.platform.files import Kept
from trellis.platform.people.actor import system_actor

ROOT = system_actor("main", "test")
RECORD = "001000000000001AAA"


def kept(digit: str = "0") -> Kept:
    return Kept(digit * 64, 12)


def test_a_file_is_noted_with_a_safe_name_and_a_type_by_its_ending(org_db: OrgDatabase) -> None:
    with org_db.write() as conn:
        made = add_file(conn, ROOT, "..\\..\\Über uns.PDF", kept(), RECORD)
        assert get_file(conn, made.id) == made
        assert list_files(conn, RECORD) == (made,)
        assert conn.scalar(sa.select(counted_files(RECORD))) == 1
        for odd in ("069x", "", "069000000000001AAA"):
            with pytest.raises(NotFound):
                get_file(conn, odd)
    assert (made.name, made.newest.media_type) == ("Über uns.PDF", "application/pdf")


def test_the_same_bytes_of_the_same_name_are_one_file(org_db: OrgDatabase) -> None:
    with org_db.write() as conn:
        first = add_file(conn, ROOT, "a.txt", kept(), RECORD)
        assert add_file(conn, ROOT, "a.txt", kept(), RECORD) == first
        assert add_file(conn, ROOT, "b.txt", kept(), RECORD) != first
        assert add_file(conn, ROOT, "a.txt", kept("1"), RECORD) != first
        assert conn.scalar(sa.select(counted_files(RECORD))) == 3


def test_a_newer_version_takes_the_place_and_older_ones_stay(org_db: OrgDatabase) -> None:
    with org_db.write() as conn:
        first = add_file(conn, ROOT, "Offer.docx", kept(), RECORD)
        second = add_version(conn, ROOT, first.id, "final (3).pdf", kept("1"), " Signed ")
        again = add_version(conn, ROOT, first.id, "other.pdf", kept("1"))
        versions = list_versions(conn, first.id)
        assert named_hashes(conn) == {"0" * 64, "1" * 64}
    assert again == second
    assert (second.name, second.newest.note) == ("Offer.pdf", "Signed")
    assert [(v.number, v.name) for v in versions] == [(2, "final (3).pdf"), (1, "Offer.docx")]
    assert second == replace(first, name="Offer.pdf", newest=versions[0])


def test_a_deleted_file_can_be_put_back_until_it_is_purged(org_db: OrgDatabase) -> None:
    with org_db.write() as conn:
        file = add_file(conn, ROOT, "a.txt", kept(), RECORD)
        delete_file(conn, ROOT, file.id)
        assert conn.scalar(sa.select(counted_files(RECORD))) == 0
        with pytest.raises(NotFound):
            get_file(conn, file.id)
        assert [one.id for one in list_files(conn, RECORD, deleted=True)] == [file.id]
        purge_deleted(conn, clock.now() - timedelta(hours=1))
        put_back(conn, file.id)
        assert get_file(conn, file.id) == file
        purge_deleted(conn, clock.now() + timedelta(hours=1))
        assert get_file(conn, file.id) == file
        delete_file(conn, ROOT, file.id)
        purge_deleted(conn, clock.now() + timedelta(hours=1))
        assert list_files(conn, RECORD, deleted=True) == ()
        assert named_hashes(conn) == set()
