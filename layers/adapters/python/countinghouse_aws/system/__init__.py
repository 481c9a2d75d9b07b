"""Clock, secrets and AWS clients: what the process itself provides."""
