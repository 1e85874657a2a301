"""Observables of all events, kept compactly, so that tomorrow's indicators can be held against today's logs.

`collector` sees every event of a scan; `segment` is how a day of an input lies in the store; `settling` says
who the machines were once everything is read; `searching` holds indicators against what is kept, `coverage`
says which log source was read when, and `checking` puts both together: seen, no trace, cannot tell.
"""
