"""Mail over a real connection, to a real server of another maker."""
