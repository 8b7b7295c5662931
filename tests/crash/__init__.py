"""Processes killed outright, as a power cut would, and what is left when others take over."""
