from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa

from trellis.platform import clock
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.db.types import Bytes, Day, Exact, Json, Utc, Whole, Words
from trellis.platform.errors import Conflict, NotFound, Rejected
from trellis.platform.migrations.tables import METADATA as SYSTEM
from trellis.platform.migrations.tables import sys_counter, sys_credential, sys_signin
from trellis.platform.orgs import Orgs

METADATA = sa.MetaData()
PARENTS = sa.Table("t1", METADATA, sa.Column("id", Words(), primary_key=True), sqlite_strict=True)
CHILDREN = sa.Table(
    "t2",
    METADATA,
    sa.Column("id", Whole(), sa.Identity(), primary_key=True),
    sa.Column("parent", Words(), sa.ForeignKey("t1.id", ondelete="CASCADE")),
    sa.Column("amount", Exact(18, 2)),
    sa.Column("text", Words()),
    sa.Column("json", Json()),
    sa.Column("bytes", Bytes()),
    sa.Column("at", Utc()),
    sa.Column("day", Day()),
    sa.Index(
        "t2_text",
        "text",
        unique=True,
        sqlite_where=sa.text("day IS NULL"),
        postgresql_where=sa.text("day IS NULL"),
    ),
    sqlite_strict=True,
)
TEXTS = ["", "tab\tnew\nline\\", "\\N", "上海 😀", None, "'; DROP TABLE t1; --"]


@pytest.fixture
def filled(orgs: Orgs, org_db: OrgDatabase) -> OrgDatabase:
    rows = [
        {
            "parent": "p",
            "amount": Decimal("99999999999999.99"),
            "text": text,
            "json": {"t": [text]},
            "bytes": b"\x00\xff\\",
            "at": clock.now(),
        }
        for text in TEXTS
    ]
    with org_db.write() as conn:
        METADATA.create_all(conn)
        conn.execute(sa.insert(PARENTS).values(id="p"))
        conn.execute(sa.insert(CHILDREN), rows)
        conn.execute(sa.insert(sys_signin).values(at=clock.now(), username_key="a", outcome="ok"))
    keep_file(orgs, b"bytes of a file")
    return org_db


def keep_file(orgs: Orgs, content: bytes) -> Path:
    name = sha256(content).hexdigest()
    place = orgs.config.data_dir / "files" / "main" / name[:2] / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return place


def everything(db: OrgDatabase) -> dict[str, list[tuple[object, ...]]]:
    with db.read() as conn:
        tables = [*SYSTEM.sorted_tables, *METADATA.sorted_tables]
        rows = {table.name: conn.execute(sa.select(table)).all() for table in tables}
    return {name: sorted(map(tuple, found), key=repr) for name, found in rows.items()}


def test_a_restored_org_is_the_one_that_was_backed_up(
    orgs: Orgs, filled: OrgDatabase, tmp_path: Path
) -> None:
    before, path = everything(filled), tmp_path / "main.backup"
    manifest = orgs.back_up("main", path)
    assert manifest.org == "main"
    assert path.stat().st_mode & 0o077 == 0
    orgs.delete("main")
    assert not (orgs.config.data_dir / "files" / "main").exists()
    restored = orgs.restore("main", path)
    assert everything(restored) == before
    assert keep_file(orgs, b"bytes of a file").read_bytes() == b"bytes of a file"


def test_a_restored_org_keeps_its_rules_and_goes_on_counting(
    orgs: Orgs, filled: OrgDatabase, tmp_path: Path
) -> None:
    orgs.back_up("main", tmp_path / "b")
    orgs.delete("main")
    db = orgs.restore("main", tmp_path / "b")
    for bad in (
        sa.insert(CHILDREN).values(parent="nobody"),
        sa.insert(CHILDREN).values(parent="p", text=""),
        sa.insert(sys_credential).values(user_id="x", password_hash="x", changed_at=clock.now()),
    ):
        with pytest.raises(sa.exc.IntegrityError), db.write() as conn:
            conn.execute(bad)
    with db.write() as conn:
        added = conn.execute(sa.insert(CHILDREN).values(parent="p", text="new"))
        assert added.inserted_primary_key[0] > len(TEXTS)
        conn.execute(sa.delete(PARENTS))
        assert conn.scalar(sa.select(sa.func.count()).select_from(CHILDREN)) == 0


def test_a_back_up_is_of_one_moment_while_others_write(
    orgs: Orgs, filled: OrgDatabase, tmp_path: Path
) -> None:
    before = everything(filled)
    with filled.write() as conn:
        conn.execute(sa.insert(sys_counter).values(name="not committed", value=1))
        orgs.back_up("main", tmp_path / "b")
    orgs.delete("main")
    assert everything(orgs.restore("main", tmp_path / "b")) == before


def test_an_org_that_is_there_is_never_overwritten(
    orgs: Orgs, filled: OrgDatabase, tmp_path: Path
) -> None:
    orgs.back_up("main", tmp_path / "b")
    with pytest.raises(Conflict):
        orgs.restore("main", tmp_path / "b")
    assert everything(filled)["t1"] == [("p",)]


def test_a_back_up_of_another_org_is_refused(
    orgs: Orgs, filled: OrgDatabase, tmp_path: Path
) -> None:
    orgs.back_up("main", tmp_path / "b")
    assert refusal(lambda: orgs.restore("other", tmp_path / "b")) == "backup.other_org"
    assert orgs.list() == ("main",)


def test_a_back_up_signed_with_another_key_is_refused(
    orgs: Orgs, filled: OrgDatabase, tmp_path: Path
) -> None:
    orgs.back_up("main", tmp_path / "b")
    orgs.delete("main")
    stranger = Orgs(replace(orgs.config, secret_key="another" * 8))
    assert refusal(lambda: stranger.restore("main", tmp_path / "b")) == "backup.bad_signature"
    stranger.dispose()
    assert orgs.list() == ()


def test_without_a_secret_key_nothing_is_backed_up(orgs: Orgs, filled: OrgDatabase) -> None:
    bare = Orgs(replace(orgs.config, secret_key=""))
    path = orgs.config.data_dir / "b"
    assert refusal(lambda: bare.back_up("main", path)) == "backup.no_secret"
    assert not path.exists()
    assert not path.with_name("b.new").exists()
    bare.dispose()


def change_member(archive: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        name = next(one for one in opened.namelist() if one != "manifest.json")
    rewrite(archive, lambda one, content: content + b" " if one == name else content)


def drop_member(archive: Path) -> None:
    rewrite(archive, lambda one, content: content if one == "manifest.json" else None)


def add_member(archive: Path) -> None:
    with zipfile.ZipFile(archive, "a") as opened:
        opened.writestr("../../evil", b"x")


def change_manifest(archive: Path) -> None:
    def change(name: str, content: bytes) -> bytes:
        if name != "manifest.json":
            return content
        signed = json.loads(content)
        signed["manifest"]["schema"] += 1
        return json.dumps(signed).encode()

    rewrite(archive, change)


def cut(archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:-100])


def flip(archive: Path) -> None:
    content = bytearray(archive.read_bytes())
    content[200] ^= 0xFF
    archive.write_bytes(bytes(content))


@pytest.mark.parametrize(
    "spoil", [change_member, drop_member, add_member, change_manifest, cut, flip]
)
def test_an_archive_that_was_changed_is_refused_and_nothing_is_left(
    orgs: Orgs, filled: OrgDatabase, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    path = tmp_path / "b"
    orgs.back_up("main", path)
    orgs.delete("main")
    spoil(path)
    assert refusal(lambda: orgs.restore("main", path)).startswith("backup.")
    assert orgs.list() == ()
    assert not (orgs.config.data_dir / "files" / "main").exists()


def test_what_is_no_archive_is_refused(orgs: Orgs, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a zip")
    assert refusal(lambda: orgs.restore("main", tmp_path / "text")) == "backup.damaged"
    assert refusal(lambda: orgs.restore("main", tmp_path / "none")) == "backup.missing"
    with pytest.raises(NotFound):
        orgs.back_up("nobody", tmp_path / "b")


def refusal(attempt: Callable[[], object]) -> str:
    with pytest.raises(Rejected) as caught:
        attempt()
    return caught.value.problems[0].code


def rewrite(archive: Path, change: Callable[[str, bytes], bytes | None]) -> None:
    with zipfile.ZipFile(archive) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    with zipfile.ZipFile(archive, "w") as opened:
        for name, content in members.items():
            if (changed := change(name, content)) is not None:
                opened.writestr(name, changed)
