"""Node kinds of role risk: one file a kind, found by the registry."""
