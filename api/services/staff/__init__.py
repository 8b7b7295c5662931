"""Staff: who works here, and their signing in with a password and a second factor."""
