"""Errors that end the command with one clear message."""

from __future__ import annotations


class UsageError(Exception):
    """The command line can't be understood; exit status 2."""


class CommandError(Exception):
    """What was asked could not be done; exit status 1."""
