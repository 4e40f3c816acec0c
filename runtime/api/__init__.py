"""HOME OF THE REST API: records and metadata for programs, in the shapes that clients know."""
