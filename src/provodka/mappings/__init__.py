"""What corresponds to what: declarations, reading, writing, matching, agreement.

Everything here is pure: values in, values out; no socket, no clock, no database.
"""
