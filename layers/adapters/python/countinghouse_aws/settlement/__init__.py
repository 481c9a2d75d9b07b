"""Settlement files and bank statements: from a provider's own columns to one vocabulary."""
