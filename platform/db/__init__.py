"""One org's database: engines, column types, transactions; what differs between databases."""
