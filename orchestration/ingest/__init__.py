"""Ingest: from delivered files to typed, immutable rows and named faults (catalogue 1 and 2)."""
