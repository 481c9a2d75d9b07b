"""The deployed functions: thin ways from an event to one use case."""
