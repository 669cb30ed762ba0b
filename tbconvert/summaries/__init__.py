"""A value → a summary: one module per kind."""
