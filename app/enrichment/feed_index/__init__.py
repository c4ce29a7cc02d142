"""The feeds as an index on disk that all worker processes share: built by one, mapped by all."""
