"""The control plane: the API of ``proto/radar/v1`` over gRPC. A caller is known before a byte of a request is read.

``settings``    where the server listens, who may call it, what it works on
``transport``   how it listens: loopback, or TLS
``callers``     who may call: the file of tokens and certificates
``access``      what each role may call
``failure``     errors as statuses that say what, why and what next
``call``        one call: who, which method, which request
``boundary``    what happens around every call: identity, role, errors, audit
``audit``       what was asked for, by whom
``bind``        a class with methods as a service of the API
``pages``       lists in pages
``logs``        the log as a stream
``source``      pipelines as they come in requests
``said``        domain values as messages
``catalogue``   CatalogueService
``pipeline``    PipelineService, as far as it needs no run
``system``      SystemService
``server``      all of it together
``serve``       the server as a program
"""
