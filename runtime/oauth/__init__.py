"""Sign-in for programs: OAuth 2.0 at the addresses and in the words of the ecosystem."""
