"""Comments: what people say of records."""
