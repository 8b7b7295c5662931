"""Accounts: joining, confirming addresses, forgotten passwords, settings, a copy of one's data, and leaving."""
