"""What the setup programs of old packages look for, and Python 3.12 has no more; they see it while they build."""

import ssl

if not hasattr(ssl, "match_hostname"):
    # tornado 5.1.1 refuses to be built without; its clients alone would call it
    ssl.match_hostname = None
