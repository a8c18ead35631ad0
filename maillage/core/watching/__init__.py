"""How those who run the service see it: is it alive, is it ready, figures, lines of log, reports of errors.

None of it says who uses the service: no name, no address, no token.
"""
