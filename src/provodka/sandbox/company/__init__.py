"""A small fictitious company: its books as they stand before the first invoice."""
