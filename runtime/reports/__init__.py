"""Reports: a saved question to the records, answered for one actor.

Pure steps, one module each, in this order:

    changes     what the reader changed on the page, put into the report (nothing is saved)
    planning    report + actor + snapshot -> ReportPlan: paths resolved, rights asked, notices noted
    statements  plan -> one statement over the query door for the groups of all levels
    folding     rows of the finest groups -> the totals of every level above them
    shaping     totals -> ReportResult: groups in their order, with labels
    running     runs the statement; `run_report` is all of the above
    details     the rows themselves, page by page

What a chart or a dashboard needs is a `ReportResult` (`result`): levels, trees of groups with
labels and totals, the crossings of a matrix, the grand total, notices. `run_report(conn, actor,
snapshot, report)` gives it; `ReportResult.series` gives a chart its numbers.
"""
