"""Stands instances up and down, waits for them, resets them, collects their logs."""
