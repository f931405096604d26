"""Clients that are one: found, merged by a person's word, taken apart again."""
