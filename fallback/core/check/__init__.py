"""The links of the chain that ``fallback.core.readiness`` looks at, one a file."""
