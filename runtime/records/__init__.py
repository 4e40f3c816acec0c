"""Saving, deleting and restoring records: every rule of a save, whoever asks for it."""
