"""Work on many records that a program asks for and comes back to: Bulk API 2.0."""
