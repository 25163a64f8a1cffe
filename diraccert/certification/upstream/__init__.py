"""The suite ``upstream``: DIRAC's own integration tests, taken from a checkout and run inside an instance."""
