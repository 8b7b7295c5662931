"""Holds and the ledger on a real database, with a processor that may fail."""
