"""The one way to change metadata: check, diff, plan, apply in one transaction, keep the inverse."""
