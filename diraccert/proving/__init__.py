"""Proves that the certification catches what it must: known-bad releases, and releases broken on purpose."""
