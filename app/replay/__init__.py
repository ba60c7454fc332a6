"""Dead letters, and sending them in again: what they say, which to take, what would become of them. Pure."""
