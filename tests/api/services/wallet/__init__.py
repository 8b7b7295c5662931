"""Wallets on a real database, with a processor that may fail."""
