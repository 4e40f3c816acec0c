"""What an administrator's edit means: each draft becomes a change set for the deploy pipeline."""
