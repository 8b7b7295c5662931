"""The arithmetic of holds and of the books; no database."""
