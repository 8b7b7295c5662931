"""Rules of helping people: the life of a case and what it was promised. Money is decided elsewhere."""
