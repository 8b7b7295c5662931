"""Reconciliation on made-up months: clean ones, and ones with faults of every class."""
