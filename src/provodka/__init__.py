"""Provodka: an integration hub between a CRM store, 1C accounting, telephony and mail."""
