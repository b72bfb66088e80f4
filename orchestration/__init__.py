"""The public-credit warehouse: ingest, build, audit and publish, with Dagster around them."""
