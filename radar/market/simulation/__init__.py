"""The simulated venue: what a bar does to resting orders and open positions (strategies spec, section 3).

``reach``        whether a bar fills a resting order (fill models)
``walk``         the sequential adverse walk through levels and stop
``resolve``      which of target and stop came first inside a bar
``match``        one bar against what was resting when it opened
``close``        decisions taken at a bar's close
``liquidation``  the account's own end
"""
