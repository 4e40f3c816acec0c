"""What an org is: definitions, snapshots, checks and deployments. Knows no record."""
