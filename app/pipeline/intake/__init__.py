"""From bytes to a payload: what a record holds, in whatever format, or why it cannot be read."""
