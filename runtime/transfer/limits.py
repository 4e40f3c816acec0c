"""The limits of files that are read: what is beyond them is refused by name."""

from __future__ import annotations

MAX_CELL = 131_072  # characters
MAX_COLUMNS = 2_000
MAX_LINE = 4 * 1024 * 1024  # characters of a row

# of a workbook as an archive, as it declares them
MAX_UNPACKED = 400 * 1024 * 1024  # bytes
MAX_RATIO = 250
SMALL = 1024 * 1024  # bytes unpacked; below this the ratio is no matter
MAX_MEMBERS = 10_000

# of the child that reads a workbook
MEMORY = 1024 * 1024 * 1024  # bytes of address space
SECONDS = 120  # of CPU
