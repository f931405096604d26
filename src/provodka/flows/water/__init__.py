"""A company that delivers water: orders taken, stops driven, months billed."""
