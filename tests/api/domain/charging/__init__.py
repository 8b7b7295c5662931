"""The lifecycle machine: its tables, its rules, and walks through everything that the world can do to it."""
