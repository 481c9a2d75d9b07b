"""The lake's queries in Athena."""
