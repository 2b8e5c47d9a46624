"""What a run was as a portfolio: its accounts over time, and what follows from that; all derived after the run."""
