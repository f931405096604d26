"""1C over OData version 3: the automatic REST interface of every configuration.

Import from the modules: `client` (the base), `settings`, `query` and `filters`
(what to read), `literals` (values), `metadata` (what is published), `writes`
(what a write returns or raises), `errors` (`NotFound`), `probe`.
"""
