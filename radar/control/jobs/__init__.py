"""Long jobs of the server, each in a process of its own, so that neither the server nor what trades waits for them.

``process``   one process: started, heard, ended
``jobs``      the jobs of a server: their turn, their news, their end, what a restart finds
``followed``  a process that is followed for one call
"""
