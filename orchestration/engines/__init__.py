"""Engines beside DuckDB that can build the models; the audit and the release are the same."""
