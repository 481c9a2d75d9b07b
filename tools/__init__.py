"""Local tools: nothing here is deployed."""
