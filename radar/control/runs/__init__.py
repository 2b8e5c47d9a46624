"""Runs of a server, each in a process of its own, so that neither the server nor another run falls with it.

``__main__``     the program of a run: the paper run of ``radarctl paper``, heard and told through its pipes
``following``    what that program does between two events
``portfolio``    accounts, positions and resting orders of a run, as plain data
``supervisor``   the runs of a server: begun, watched over, taken up again, ended
``starting``     what was asked for, judged before anything begins
``sequence``     the rows of a ledger as one numbered row of events
``tail``         the newest of them, for everybody who watches
``events``       rows of a ledger as messages; ``messages`` runs, ``trading`` what is held, ``report`` what was earned
``service``      RunService, with ``watching`` and ``results``; ``checkpoints``, ``accounts``, ``states`` the others
"""
