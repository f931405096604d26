"""EnterpriseData: 1C's own exchange format, between any two of its configurations.

`message` reads and writes whole messages; `versions` negotiates; `schema` knows the
official types; `soap` carries messages to a base and back.
"""
