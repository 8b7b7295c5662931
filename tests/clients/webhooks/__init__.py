"""Posting webhooks over real HTTP."""
