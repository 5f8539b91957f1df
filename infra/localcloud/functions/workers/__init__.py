"""The worker processes of a host: started, asked, watched and ended."""
