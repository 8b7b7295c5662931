"""The faces: each a small mounted application with its own way to say no."""
