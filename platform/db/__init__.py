"""One org's database: engines, column types and transactions; every fact about SQLite and PostgreSQL."""
