"""List views: which records, which columns, in which order."""
