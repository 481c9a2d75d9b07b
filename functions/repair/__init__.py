"""Schedule: sends again what is due. Reads the due-indexes and books, writes no table."""
