"""The speed and the memory of the standing system against their targets; not a test, as machines differ."""
