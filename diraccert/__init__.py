"""Certification and release automation for DIRAC."""
