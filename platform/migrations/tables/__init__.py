"""The system tables of an org, in their present shape; an org's own objects are not here.

Tables of sessions, credentials, tokens, jobs and mail are never known to any object, so no query of
a user can name them.
"""

from __future__ import annotations

from .components import (
    sys_deployment,
    sys_document,
    sys_document_history,
    sys_group_reach,
    sys_role_reach,
    sys_storage_column,
    sys_storage_object,
    sys_version,
)
from .people import (
    sys_comment,
    sys_counter,
    sys_credential,
    sys_favourite,
    sys_follow,
    sys_group_member,
    sys_notice,
    sys_permission_assignment,
    sys_preference,
    sys_recent,
    sys_schema,
    sys_second_factor,
    sys_session,
    sys_setting,
    sys_signin,
    sys_token,
    sys_undo,
    sys_user,
    sys_view,
)
from .records import (
    sys_bulk,
    sys_bulk_chunk,
    sys_history,
    sys_near_word,
    sys_occurrence,
    sys_recycle,
    sys_series,
    sys_share,
    sys_word,
)
from .reports import sys_folder_share, sys_report, sys_report_use
from .shapes import LIVE, METADATA, UNREAD
from .work import (
    sys_audit,
    sys_file,
    sys_file_version,
    sys_job,
    sys_mail,
)

__all__ = [
    "LIVE",
    "METADATA",
    "UNREAD",
    "sys_audit",
    "sys_bulk",
    "sys_bulk_chunk",
    "sys_comment",
    "sys_counter",
    "sys_credential",
    "sys_deployment",
    "sys_document",
    "sys_document_history",
    "sys_favourite",
    "sys_file",
    "sys_file_version",
    "sys_folder_share",
    "sys_follow",
    "sys_group_member",
    "sys_group_reach",
    "sys_history",
    "sys_job",
    "sys_mail",
    "sys_near_word",
    "sys_notice",
    "sys_occurrence",
    "sys_permission_assignment",
    "sys_preference",
    "sys_recent",
    "sys_recycle",
    "sys_report",
    "sys_report_use",
    "sys_role_reach",
    "sys_schema",
    "sys_second_factor",
    "sys_series",
    "sys_session",
    "sys_setting",
    "sys_share",
    "sys_signin",
    "sys_storage_column",
    "sys_storage_object",
    "sys_token",
    "sys_undo",
    "sys_user",
    "sys_version",
    "sys_view",
    "sys_word",
]
