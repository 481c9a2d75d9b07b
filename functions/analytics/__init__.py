"""HTTP: reports over the lake, as Athena queries. Reads no table and writes none."""
