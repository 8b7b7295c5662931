"""Articles: written, read, voted on."""
