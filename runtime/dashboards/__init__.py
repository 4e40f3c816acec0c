"""Dashboards: charts of reports side by side, each run for whoever looks at them.

catalog   which dashboards an actor finds: those of folders shared with them, and their own
kept      one's own dashboards, and which one opened lately
saving    one's own, or into a folder that lets one
filters   what the filters of a dashboard offer, and a report narrowed by them
tiles     one component: its report run and drawn; what is refused is said in its place
"""
