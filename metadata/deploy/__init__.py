"""The one way to change metadata: check all, diff, plan, apply in one transaction, keep the inverse."""
