"""Measurements that anyone can repeat, each against a named baseline in the same run. Nothing else imports this."""
