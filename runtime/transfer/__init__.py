"""Records in and out of files: sources, conventions, mapping, import, export."""
