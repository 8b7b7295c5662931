"""Posting webhooks to the back ends of apps."""
