"""A checked pipeline in, an immutable plan out. Pure: no files, no clock, no compiler.

``graph``     edges, their types, the order of nodes
``safety``    what a pipeline must have before money depends on it
``clock``     at which bar each node ticks
``lookback``  how much history each node needs
``records``   layout of parameters and state
``layout``    where everything of a lane lies
``plan``      the plan itself
``draw``      a plan as text, mermaid or dot
``outline``   a plan as plain data
``diff``      what becomes of every node when one plan replaces another; ``fate`` which parameters differ
"""
