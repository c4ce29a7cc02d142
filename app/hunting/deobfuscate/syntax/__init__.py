"""From PowerShell text to a tree: a tolerant parser of the subset that obfuscated scripts use."""
