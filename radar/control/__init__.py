"""The control plane: the API of ``proto/radar/v1`` over gRPC. A caller is known before a byte of a request is read.

``settings``    where the server listens, who may call it, what it works on
``transport``   how it listens: loopback, or TLS
``callers``     who may call: the file of tokens and certificates
``access``      what each role may call
``failure``     errors as statuses that say what, why and what next
``call``        one call: who, which method, which request
``boundary``    what happens around every call: identity, role, errors, audit
``audit``       what was asked for, by whom
``registry``    what the server keeps, for its loop
``names``       resource names, taken apart
``bind``        a class with methods as a service of the API
``pages``       lists in pages
``logs``        the log as a stream
``source``      pipelines as they come in requests
``freeze``      a pipeline with exactly what it takes, as it is kept
``revisions``   pipelines and revisions that are kept: found, as messages, compared
``said``        domain values as messages
``catalogue``   CatalogueService
``figures``     numbers as messages
``sweeps``      what is kept of a sweep, as messages
``jobs``        long jobs, each in a process of its own
``worker``      that process
``pipeline``    PipelineService: judge, plan, draw, look up; ``applying`` what changes, ``pipeline_tests`` the tests
``operations``  OperationService
``runs``        RunService and those that look into runs; each run in a process of its own
``research``    ResearchService; ``looking`` what it answers at once
``data``        DataService
``system``      SystemService
``server``      all of it together
``serve``       the server as a program
"""
