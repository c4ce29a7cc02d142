"""The models against msticpy on the same rows in one run, one module per model."""
