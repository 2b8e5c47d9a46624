"""A running run goes on with another plan, between two rows.

- `pairing`: which node was which, and where each gets its state from; `possible`: what stands in the way.
- `warm`: the new plan over stored history with effects off; `held`: the positions that its strategies had on the way;
  `learned`: risk nodes from the ledger.
- `carry`: the run of the new plan; `books`: its ledger; `invariants`: what must be equal on both sides.
- `preview`: what it would change for every position and resting order; `swap`: the steps, from request to in force;
  `reloads`: one at a time, and the last one that was refused; `still`: a run that a thread may read.
"""
