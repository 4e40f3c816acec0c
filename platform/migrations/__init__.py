"""The system tables of an org and the numbered steps that bring older orgs up to them."""
