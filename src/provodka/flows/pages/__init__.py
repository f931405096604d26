"""What `flows` gives to the pages: the company's plain values, and views that need its settings."""
