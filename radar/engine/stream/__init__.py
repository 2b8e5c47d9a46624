"""A run that follows the market: events in, one row a close through the kernel, everything in a ledger.

- `event`: what can happen, and its form in bytes; `source`: what an exchange or a replay is to a run.
- `replay`: recorded series as a source, paced, with faults if wanted.
- `gather`: events to closes, each decided once; `growing`: a close to one more row of the market.
- `paper`: the run; `checkpoint`: it between two rows, as bytes; `recovery`: it again, after any end.
- `recorded`: a ledger as market data; `verify`: the run again as a back-test of what it recorded.
"""
