"""HTTP: erasing persons. Writes what names them, and books nothing."""
