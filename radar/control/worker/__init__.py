"""A job in a process of its own: ``python -m radar.control.worker FOLDER``. A server starts it, hears of it, ends it.

The folder holds ``job.json``: what kind of job it is and where its result goes; beside it the request as it came. What
the job has to say are lines of JSON on standard output. It ends early when its standard input closes, so that none
outlives its server.

``channel``      lines to the server, and the end of standard input
``variables``    the environment that a text of a request may read
``backtest``     a pipeline over history, the result as a file
``sweep``        many combinations, the rows as a file
``importing``    files into the store
``testing``      the YAML tests of a pipeline
``reproduction`` a kept result made again
``scanning``     what strategies think now
``evaluating``   outputs of nodes over history
"""
