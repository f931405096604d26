"""Report tables that follow the journal, and the reports computed from them."""
