"""Node kinds of role strategy: one file a kind, found by the registry."""
