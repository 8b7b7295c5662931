"""Sending mail over SMTP; the only code that speaks it."""
