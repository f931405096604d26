"""1C over OData version 3: the automatic REST interface of every configuration.

Import from the modules: `client` (the base), `settings`, `query`, `filters` and `fields` (what to
read), `virtual_tables` (balances, turnovers, slices), `literals` (values), `metadata` (what is
published), `writes` (what a write returns or raises), `errors` (`NotFound`, `ChangedMeanwhile`),
`probe`, `guest` and `hours` (manners in somebody's base).
"""
