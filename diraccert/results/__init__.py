"""Stores and reads the results of runs."""
