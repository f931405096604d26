"""What the sandbox remembers between restarts: one SQLite file."""
