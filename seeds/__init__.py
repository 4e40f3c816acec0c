"""Data an org starts with: the standard package and a demo company. No floor imports it."""
