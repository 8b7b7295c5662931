"""Webhooks to the back ends of apps: the addresses, sending what happened, and sending it again."""
