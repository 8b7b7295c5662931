"""Papers as people and machines read them."""
