"""OCPI 2.3.0, written as what it changes in 2.2.1: only what differs stands here."""
