"""Accounts: letters, links, copies of data, erasure."""
