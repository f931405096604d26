"""Calls while they happen, and calls placed: Asterisk's manager interface."""
