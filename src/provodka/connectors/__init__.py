"""How to talk to one system each; connectors never import one another."""
