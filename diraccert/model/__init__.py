"""Frozen types and pure rules; imports nothing of ours outside this room."""
