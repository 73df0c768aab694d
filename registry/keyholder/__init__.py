"""A process of its own: a key operator. The API never holds a key."""
