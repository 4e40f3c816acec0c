"""Records out of and into files."""
