"""Terminals that others registered."""
