"""Identity providers: who somebody is, as OpenID Connect tells it."""
