"""What all Windows formats share: which event is what, its Sigma names, and what its records leave out.

`catalogue` knows channels and categories, `shapes` recognises how a record is nested, `names` gives the
fields Sigma's names, `joining` adds what other records know (parents, parts of scripts, a host's zone),
`traits` answers for time, outcome, entities and observables, and `decoder` puts them together. `text` reads
JSON of any quality, `chunks` the frame of EVTX files.
"""
