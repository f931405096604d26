"""Stand-ins for the neighbours of the hub: an accounting base, a mailbox and a telephone exchange.

They imitate the wire formats only, hold a fictitious company, and import nothing else of this
project, so that a misreading of a protocol cannot hide on both sides of a connection.
"""
