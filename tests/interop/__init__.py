"""The hardest interoperability behaviours, one file each, named by their number, driving the real services."""
