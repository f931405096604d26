"""The web services that carry EnterpriseData messages to and from one base.

Import from the modules: `base` (the facade), `settings`, `numbering` (which
message comes next, which was read already), `answers` (values), `errors`;
`exchange`, `upload` and `interface` are the services operation by operation.
"""
