"""What a log record is: formats, log sources, field names, time, entities, observables."""
