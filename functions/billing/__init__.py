"""HTTP: statements and month closes. Writes nothing; a close is started as a workflow."""
