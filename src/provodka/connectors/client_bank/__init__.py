"""Files that banks and 1C exchange (`1CClientBankExchange` 1.01–1.03): read, checked, written."""
