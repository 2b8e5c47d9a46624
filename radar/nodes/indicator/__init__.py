"""Node kinds of role indicator: one file a kind, found by the registry."""
