"""`make secure`: every door tried, every grant used, every parser fuzzed, and docs/secure.md."""
