"""Sweeps: many combinations of parameters through the same kernel.

``grid``     which values of which parameters, from the command line and ``config/param_grids.yaml``
``effects``  what each value changes, and which values and combinations a pipeline would refuse
``table``    parameter records of all combinations
``columns``  what does not depend on positions, computed once for every distinct parameters
``sweep``    the combinations through the kernel, in blocks and threads, to an Arrow table
"""
