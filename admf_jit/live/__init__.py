"""A container that goes on bar by bar: it takes bars from a feed, and says what its strategy orders."""
