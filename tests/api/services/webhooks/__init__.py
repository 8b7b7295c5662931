"""Webhooks to apps' back ends."""
