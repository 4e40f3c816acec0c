"""People: users, their passwords, sessions, one-time links, and the actor a request works as."""
