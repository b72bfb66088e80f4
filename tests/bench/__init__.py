"""Time and memory, measured beside baselines: `make bench`, results in docs/benchmarks.md."""
