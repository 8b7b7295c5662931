"""Comparing our books with the processor's and partners', and the work of people on what differs."""
