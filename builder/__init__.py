"""Where an administrator changes metadata; uses the runtime only to preview."""
