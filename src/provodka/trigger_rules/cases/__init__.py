"""Cases beside rules: given these documents, when this happens, then exactly this is done."""
