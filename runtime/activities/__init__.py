"""Tasks, calls, mails, events and notes: what people do about records."""
