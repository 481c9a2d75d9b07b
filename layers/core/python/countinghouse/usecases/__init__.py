"""What the system does: one verb a file, decided in pure code and committed in one call."""
