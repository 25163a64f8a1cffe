"""Makes a DIRAC installation's configuration, components and databases from what the installed release says of itself.

Runs in the server's own DIRAC environment. Nothing here names a version: systems, services, agents and
schemas are read from the release and the extensions beside it.
"""
