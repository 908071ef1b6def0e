"""`python -m config.demo`: what `make demo` runs."""

import sys

import django
from environs import EnvError

try:
    django.setup()
except EnvError as error:  # a bad value names its variable
    sys.exit(str(error))

from config.demo.starting import main

sys.exit(main())
