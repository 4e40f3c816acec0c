"""What becomes of each component of uploaded Salesforce metadata: it works, is kept, was refused.

The report is made when the files come; nothing here changes anything. A package that was none of
Salesforce's has none and leads back to its comparison.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from ...metadata.packages.salesforce.opening import report_in
from ...metadata.packages.salesforce.report import Report, Status
from ...metadata.packages.uploads import get_upload
from ...platform.i18n import _, format_percent, lazy
from ...platform.web.access import ADMINISTRATOR, requires
from ...platform.web.current import signed_in
from ...runtime.web.scope import here
from .blueprint import setup
from .nav import stand

#: {status: (heading, icon)}, what a person should look at first
GROUPS = {
    Status.REFUSED: (lazy("Refused"), "x"),
    Status.KEPT: (lazy("Only kept"), "archive"),
    Status.PARTLY: (lazy("Work in part"), "circle-alert"),
    Status.WORKS: (lazy("Work"), "check"),
}


@setup.get("/packages/check/<token>/report")
@requires(ADMINISTRATOR)
def package_report(token: str) -> str | Response:
    """The report on the upload, what does not work wholly first."""
    with here().read() as conn:
        upload = get_upload(conn, signed_in().id, token)
    back = url_for("setup.package_check", token=token)
    if (report := report_in(upload.content)) is None:
        return redirect(back)
    stand("setup.packages", (report.project, back), (_("What becomes of each"), ""))
    groups = [
        (status.name.lower(), str(heading), sign, found)
        for status, (heading, sign) in GROUPS.items()
        if (found := [one for one in report.outcomes if one.status is status])
    ]
    return render_template(
        "builder/package_report.html",
        report=report,
        back=back,
        groups=groups,
        head=[_("Type"), *(str(GROUPS[status][0]) for status in Status)],
        rows=list(_rows(report)),
        share=format_percent(report.share, 1),
    )


def _rows(report: Report) -> Iterator[tuple[str, list[str]]]:
    """(type, how many of each status), by type."""
    for name, counter in report.by_type().items():
        yield name, [str(counter[status] or "") for status in Status]
