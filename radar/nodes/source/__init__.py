"""Node kinds of role source: one file a kind, found by the registry."""
