"""Plan in, compiled step out.

``records``   the numpy records that a kernel reads and writes, and their view in plain Python
``reach``     which marked functions a kernel can call, their sources and their registration with numba
``generate``  the one readable function of a topology
``compiler``  how numba compiles it: function by function, optimised and emitted once
``cache``     where generated modules live, named by the digest of everything that they are made of
``build``     plan to callable: compiled, or the same source interpreted
"""
