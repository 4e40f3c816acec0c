"""The pages of Setup: an administrator changes metadata, sees what would happen, can go back."""
