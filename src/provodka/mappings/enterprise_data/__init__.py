"""EnterpriseData as another shape of what the mappings read and write.

For each mapping a file says which element of the format's object is which field that the mapping
names; so the very same mapping serves both protocols. Everything here is pure.
"""
