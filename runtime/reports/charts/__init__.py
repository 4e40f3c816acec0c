"""Charts of reports, drawn as SVG on the server: for pages, mail and paper, without a script.

    figures  ReportResult + the chart setting of a report -> ChartData: categories, series, values
    scale    round numbers for axes
    svg      elements, and labels cut to the room they have
    families one module each: bars, lines, round, funnel, gauge, scatter
    chart    ChartData -> Chart: the drawing, legend, twin table and summary in words

Colours are classes ("v1" … "v6") that a sheet gives the tokens of the page to.
"""
