"""The pages people work on, generated from the snapshot."""
