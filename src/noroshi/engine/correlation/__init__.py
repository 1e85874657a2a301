"""Parts of the correlator: plan (compiled rule), window and episode (state), step (pure), finding."""
