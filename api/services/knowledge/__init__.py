"""Articles that help: what they say, who wrote it, whether they solved the matter."""
