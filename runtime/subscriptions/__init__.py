"""Reports and dashboards by mail: to whom, when, and under which condition.

rhythm     when the next one is due, in the reader's zone
alerts     the condition: a figure of the report against a threshold
kept       the wishes as rows; who may make one for whom
figures    what a report or a dashboard says to one reader, as tables of texts
letters    those tables as a letter: plain text and HTML that mail readers show
sending    the jobs: what is due, and one letter, run with the reader's rights of that moment
"""
