"""Sweeps: many combinations of parameters through the same kernel.

``grid``       which values of which parameters, from the command line and ``config/param_grids.yaml``
``explore``    what each value changes, which combinations a pipeline would refuse, and which need a plan of their own
``space``      the combinations of one plan
``parameters`` parameter records of all combinations
``columns``    what does not depend on positions, computed once for every distinct parameters
``group``      the combinations of one plan over their market data, laid out for the kernel
``laid_out``   a sweep: its groups, the run, the table, the back-test behind a row
``saved``      the table in a file, and what it takes to go on from there
``sweep``      from what is asked for to a sweep
``outline``    what a sweep would compute once, without running it
"""
