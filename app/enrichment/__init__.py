"""What the world knows about an indicator: the analyst's own feeds and databases, and providers."""
