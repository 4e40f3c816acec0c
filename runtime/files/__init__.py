"""Files of records: who may have them, and their end."""
