"""HTTP: reference rates, and quotes that lock one. Writes `fx_quote`, each row once."""
