"""Metadata: documents, versions, deployments, and where objects are stored."""

from __future__ import annotations

import sqlalchemy as sa

from ...db.types import Bytes, Json, Utc, Whole, Words
from .shapes import LIVE, key, may, need, number, of_user, table

sys_version = table(
    "sys_version",
    key("version", Whole()),
    need("at", Utc()),
    need("actor_id", Words()),
    need("actor_name", Words()),
    need("summary", Words()),
    may("deployment_id", Words()),
)
sys_document = table(
    "sys_document",
    key("uid", Words()),
    need("kind", Words()),
    need("name", Words()),
    need("origin", Words()),  # "org", or the package that shipped it
    may("base", Json()),  # the shipped body
    may("overlay", Json()),  # the org's own changes to it
    need("body", Json()),  # what is in effect
    need("revision", Whole()),  # the version that wrote it
    need("state", Words()),  # live | binned
    may("binned_at", Utc()),
    sa.Index(
        "sys_document_name", "kind", "name", unique=True, sqlite_where=LIVE, postgresql_where=LIVE
    ),
)
sys_document_history = table(
    "sys_document_history",
    number(),
    need("uid", Words()),
    need("version", Whole()),
    need("kind", Words()),
    need("name", Words()),
    need("origin", Words()),
    may("before", Json()),
    may("after", Json()),
    may("overlay", Json()),
    sa.Index("sys_document_history_uid", "uid", "version"),
    sa.Index("sys_document_history_version", "version"),
)
sys_deployment = table(
    "sys_deployment",
    key("id", Words()),
    need("version_before", Whole()),
    need("version_after", Whole()),
    need("at", Utc()),
    need("actor_id", Words()),
    need("actor_name", Words()),
    need("summary", Words()),
    need("change_set", Json()),
    need("inverse", Json()),
    need("plan", Json()),  # the steps in words
    may("reverted_by", Words()),
    sa.Index("sys_deployment_version", "version_after", unique=True),
)
# what packages had shipped before a deployment brought another version of it
sys_rebased = table(
    "sys_rebased",
    key("deployment_id", Words()),
    key("uid", Words()),
    need("origin", Words()),
    may("base", Json()),
)
# one row for each installation, upgrade and removal; what holds is the last that was not taken back
sys_package = table(
    "sys_package",
    number(),
    need("name", Words()),
    need("state", Words()),  # installed | removed
    need("manifest", Json()),
    need("extensions", Json()),  # what it changes in the components of others
    need("digest", Words()),  # of everything that it was installed with
    need("deployment_id", Words()),
    need("at", Utc()),
    need("actor_name", Words()),
    sa.Index("sys_package_name", "name"),
)
# a package that somebody has uploaded and looks at before it is installed
sys_package_upload = table(
    "sys_package_upload",
    key("token", Words()),
    need("session_id", Words()),  # nobody else finds it
    need("at", Utc()),
    need("file_name", Words()),
    need("content", Bytes()),  # a zip
    need("deployment_id", Words()),  # that its installation will have: sent twice, it is one
    need("choice", Json()),
    may("checked_version", Whole()),  # of the org, when it was last checked without a problem
    sa.Index("sys_package_upload_at", "at"),
)
# an installation, a taking back or a removal that is done in the background
sys_package_run = table(
    "sys_package_run",
    key("id", Words()),  # the id that its deployment will have: begun twice, it is one
    need("deed", Words()),
    need("name", Words()),
    need("title", Words()),
    need("version", Words()),
    need("actor_id", Words()),
    may("content", Bytes()),  # the zip, until it is over
    need("choice", Json()),
    may("based_on", Whole()),  # the version of the org that was looked at
    may("token", Words()),  # of the upload, to look at it again
    need("state", Words()),
    need("share", Whole()),  # per cent
    need("step", Words()),
    need("problems", Json()),  # [sentence]
    need("results", Json()),  # [[sentence, kind]] of the sample records
    may("job_id", Whole()),
    need("created_at", Utc()),
    may("finished_at", Utc()),
    sa.Index("sys_package_run_at", "created_at"),
)
# what was checked without a problem: it goes in without another look while nothing has changed
sys_package_check = table(
    "sys_package_check",
    key("id", Words()),
    need("at", Utc()),
    need("actor_name", Words()),
    need("name", Words()),
    need("digest", Words()),  # of the package and of what was chosen
    need("version", Whole()),  # of the org
)
sys_package_export = table(
    "sys_package_export",
    number(),
    need("name", Words()),
    need("label", Words()),  # its version
    need("version", Whole()),  # of the org
    need("at", Utc()),
    need("actor_name", Words()),
)
# who stands here for somebody whom packages name
sys_package_person = table(
    "sys_package_person",
    key("name", Words()),  # the user name in the package, folded
    sa.Column("user_id", Words(), of_user(), nullable=False),
    need("at", Utc()),
)
# which record a sample record of a package became
sys_package_sample = table(
    "sys_package_sample",
    key("package", Words()),
    key("sample", Words()),
    need("record_id", Words()),
    sa.Index("sys_package_sample_record", "record_id"),
)
sys_storage_object = table(
    "sys_storage_object",
    key("uid", Words()),
    need("table_name", Words()),
    may("key_prefix", Words()),
    need("state", Words()),  # live | binned
    need("slices", Whole()),
    need("next_column", Whole()),
    sa.Index("sys_storage_object_table", "table_name", unique=True),
    sa.Index("sys_storage_object_prefix", "key_prefix", unique=True),
)
sys_storage_column = table(
    "sys_storage_column",
    key("table_name", Words()),
    key("column_name", Words()),
    need("field_uid", Words()),
    need("part", Words()),  # which of the field's columns
    need("type", Words()),
    need("state", Words()),  # live | binned | retired
    may("binned_at", Utc()),
    may("deployment_id", Words()),
    sa.Index("sys_storage_column_field", "field_uid", "part"),
)

# what the tree of roles and the nesting of groups come to, written by deployments
sys_role_reach = table(
    "sys_role_reach",
    key("above", Words()),  # uid of a role
    key("below", Words()),  # uid of the same role, or of one anywhere below
    sa.Index("sys_role_reach_below", "below", "above"),
)
sys_group_reach = table(
    "sys_group_reach",
    key("group_uid", Words()),  # of a group or queue
    key("kind", Words()),  # "role" or "group"
    key("member_uid", Words()),  # a role whose users are in it, or a group in it; itself included
    sa.Index("sys_group_reach_member", "member_uid", "group_uid"),
)
