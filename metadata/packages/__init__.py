"""Documents as files of a folder: read, write, install."""
