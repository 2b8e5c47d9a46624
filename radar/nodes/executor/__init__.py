"""Node kinds of role executor: one file a kind, found by the registry."""
