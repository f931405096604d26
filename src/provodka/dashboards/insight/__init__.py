"""The store read for people: titles and words, the life of a document, disputes, arrivals."""
