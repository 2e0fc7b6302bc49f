"""Benchmarks and what they measure with. Each is run by a script of its name: scripts/bench-publish."""
