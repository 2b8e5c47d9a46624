"""Node kinds: what a pipeline is made of. Reached only through :mod:`radar.nodes.registry`."""
