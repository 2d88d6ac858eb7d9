"""One module a BGP implementation; all of them speak as `base.Daemon` does."""
