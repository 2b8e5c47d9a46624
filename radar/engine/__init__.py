"""The stream: market data in order through a kernel, with warm-up, books and results.

``source``     where market data comes from: a store, or tables in memory
``columns``    external series joined to bars as a decision may see them
``feed``       the arrays that a kernel reads, for a plan and a period
``state``      the arrays that a kernel writes, and their copies
``run``        rows through the kernel, the ledger growing as needed
``coverage``   what a pipeline needs of a store and does not find
``load``       a pipeline file to a checked pipeline
``backtest``   a pipeline over history, to a result
``evaluate``   any node's output over history
``result``     what a back-test says, as data
``topics``     everything that can be explained
``reproduce``  a kept result made again and compared
"""
