"""Write the one function of a topology, part by part.

``scope``         what the parts share
``advance``       the loop over rows
``opening``       the bar against what rested when it opened
``decision``      indicators and strategies at the close
``closing``       exits and entries at the close, the mark
``approval``      the risk nodes speak
``holdings``      what an account holds of a correlation group
``valuation``     what an account is worth, and its end
``traces``        values for those who look at a run
``combinations``  the loop of a sweep
"""
