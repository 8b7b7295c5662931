"""The use cases of one charge, on a real database with fake ports."""
