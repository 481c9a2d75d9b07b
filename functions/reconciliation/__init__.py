"""HTTP: runs and breaks. Starts the workflow, writes `reconciliation`, books what is resolved."""
