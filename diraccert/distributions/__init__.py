"""Reads manifests, resolves and locks packages, takes sources."""
