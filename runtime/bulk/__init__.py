"""Deeds on whole lists: chosen at one moment, done in the background, taken back as one."""
