"""What stands beside the records of objects: history, the bin, words, series, shares."""

from __future__ import annotations

import sqlalchemy as sa

from ...db.types import Clock, Day, Flag, Json, Utc, Whole, Words
from .shapes import key, may, need, number, table

sys_history = table(
    "sys_history",
    number(),
    need("object_uid", Words()),
    need("record_id", Words()),
    need("field_uid", Words()),
    may("old", Words()),
    may("new", Words()),
    need("at", Utc()),
    need("actor_id", Words()),
    sa.Index("sys_history_record", "record_id", "id"),
)
sys_recycle = table(
    "sys_recycle",
    key("record_id", Words()),
    need("object_uid", Words()),
    may("name", Words()),
    may("name_key", Words()),
    need("batch", Words()),  # one deletion with all it took along
    need("deleted_at", Utc()),
    need("deleted_by", Words()),
    may("cleared", Json()),  # [[field uid, record id]]: lookups that the deletion emptied
    sa.Index("sys_recycle_deleted", "deleted_at", "record_id"),
    sa.Index("sys_recycle_batch", "batch"),
)
sys_bulk = table(
    "sys_bulk",  # one deed on a whole list; its records are in sys_bulk_chunk
    key("id", Words()),  # also the batch under which its saves can be taken back
    need("actor_id", Words()),
    need("object_uid", Words()),
    need("deed", Words()),  # update | delete
    may("field_uid", Words()),  # of an update
    may("text", Words()),  # the neutral text of the new value, none for a blank
    need("address", Words()),  # of the list that it was chosen from
    need("state", Words()),  # draft | running | done | cancelled | stopped | undoing | undone
    may("reason", Words()),  # why it stopped: inactive | denied | gone
    need("is_cancelled", Flag()),  # somebody asked to end it; the next chunk heeds that
    # records, chunks, and chunks that are through: forth or, while it is taken back, back
    *(need(name, Whole()) for name in ("total", "chunks", "at")),
    # records as they were meant to be, those not so before, refused ones, those taken back
    *(need(name, Whole()) for name in ("done", "changed", "refused", "back")),
    need("refusals", Json()),  # [[record id, reason]], the first ones
    may("job_id", Whole()),
    need("created_at", Utc()),
    may("finished_at", Utc()),
    sa.Index("sys_bulk_actor", "actor_id", "created_at"),
    sa.Index("sys_bulk_created", "created_at"),
)
sys_bulk_chunk = table(
    "sys_bulk_chunk",  # some of the records as they were chosen, in the order of their ids
    sa.Column(
        "bulk_id",
        Words(),
        sa.ForeignKey("sys_bulk.id", ondelete="CASCADE"),
        primary_key=True,
        nullable=False,
    ),
    key("number", Whole()),  # from 0 on
    need("ids", Json()),
    may("batches", Json()),  # of a deletion: what it is in the recycle bin
)

sys_word = table(
    "sys_word",  # each word of each searchable value, see `runtime/query/words`
    key("term", Words()),  # the first three letters of the record's id, then the word
    key("record_id", Words()),
    key("field", Words()),  # the column that keeps the value, see sys_storage_column
    rowid=False,
)
sys_near_word = table(
    "sys_near_word",  # what words of names become by leaving out a letter
    key("key", Words()),
    key("word", Words()),
    rowid=False,
)

sys_series = table(
    "sys_series",
    key("id", Words()),
    need("object_uid", Words()),  # of tasks or of events
    need("rule", Words()),  # an RRULE without a start
    need("zone", Words()),  # in whose clocks and days it was meant
    need("starts_on", Day()),
    may("at", Clock()),  # the time of day, for what has one
    need("minutes", Whole()),  # how long each takes
    need("made_through", Day()),  # the last day that was looked at
    need("is_ended", Flag()),
    need("created_at", Utc()),
    need("created_by", Words()),
    sa.Index("sys_series_made", "is_ended", "made_through"),
)
sys_occurrence = table(
    "sys_occurrence",
    sa.Column(
        "series_id",
        Words(),
        sa.ForeignKey("sys_series.id", ondelete="CASCADE"),
        primary_key=True,
        nullable=False,
    ),
    key("day", Day()),  # the one that the rule gave it
    need("record_id", Words()),
    need("is_exception", Flag()),  # changed alone, or deleted alone: the series leaves it be
    sa.Index("sys_occurrence_record", "record_id"),
)
sys_share = table(
    "sys_share",  # access that somebody gave to one record; what rules give is never kept
    key("record_id", Words()),
    # the record's own object; of an account a child object, too: then its children are meant
    key("object_uid", Words()),
    key("grantee", Words()),  # id of a user, uid of a group, queue or role, "S:" + uid of a role
    key("cause", Words()),  # "Manual" or "Team"
    need("level", Whole()),  # 1 = read, 2 = edit
    may("note", Words()),  # the member's part in a team
    need("at", Utc()),
    need("by_id", Words()),
    sa.Index("sys_share_grantee", "grantee", "object_uid", "level", "record_id"),
)
sys_rollup = table(
    "sys_rollup",  # how far the values of a roll-up are that a job works out
    key("field_uid", Words()),
    need("run", Words()),  # the deployment, or the wish of an administrator, it is for
    need("state", Words()),  # due, ready
    need("done", Whole()),
    may("total", Whole()),  # None before the first part
    need("begun_at", Utc()),
    may("ended_at", Utc()),
    need("by_id", Words()),
)
