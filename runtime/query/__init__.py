"""From a request to rows: request, plan, statement, page. The only way to a record."""
