"""`make load`: real checkouts through the running system, beside the emulator's own bare rate."""
