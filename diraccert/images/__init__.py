"""Builds, names and prunes images; an image's tag is the digest of its inputs."""
