"""Rules of conversion between the base's objects and the objects of the format."""
