"""Rules of helping people."""
