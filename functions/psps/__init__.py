"""HTTP: the PSPs, what each takes and how it does. Writes nothing."""
