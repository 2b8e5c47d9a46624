"""Node kinds of role sink: one file a kind, found by the registry."""
