"""What each object shows in ``api/json``, field by field in Jenkins's order."""
