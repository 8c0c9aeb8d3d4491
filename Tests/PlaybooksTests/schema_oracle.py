"""Holds YAML files against a JSON Schema, as an editor does. Reads {"schema": …, "documents": [TEXT, …]} and answers
with a list: for each document whether it is valid."""
import json
import sys

import yaml
from jsonschema import Draft202012Validator

question = json.load(sys.stdin)
Draft202012Validator.check_schema(question["schema"])
validator = Draft202012Validator(question["schema"])
json.dump([validator.is_valid(yaml.safe_load(text)) for text in question["documents"]], sys.stdout)
