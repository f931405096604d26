"""Bank statements: taken from files, matched with invoices, met with accounting's receipts."""
