"""Runs scenarios: the pytest plugin, users and hosts as fixtures, causes, the log gate."""
