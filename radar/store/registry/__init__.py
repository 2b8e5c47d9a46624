"""What a server keeps, in one SQLite file that one process at a time may use.

``schema``      the tables, and the steps from an older file to today's
``database``    the file: opened by one process, changed in transactions that are whole or not there
``pipelines``   pipelines and their revisions, which never change
``requests``    wishes that were answered, so that the same wish is answered alike
``operations``  long jobs
``audit``       what was asked for, by whom
"""
