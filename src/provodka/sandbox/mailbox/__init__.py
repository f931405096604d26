"""A mailbox: letters come in over SMTP, are kept, and can be read over IMAP."""
