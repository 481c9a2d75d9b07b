"""AWS, PSP and HTTP facts: the adapters behind the core's ports, and the ways in."""
