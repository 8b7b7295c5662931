"""Drivers: how they join, sign in and stay signed in, and the memory of requests they repeat."""
