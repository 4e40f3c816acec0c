"""The web application: requests, sign-in, headers, errors, assets and the pages of the ground."""
