"""How many of the specification's own process definitions a schema of the openEO API refuses: official_refused.py OPENAPI FOLDER.

Prints two numbers, refused and all; as the suite validates answers (OpenAPI 3.1).
"""
import json
import sys
from pathlib import Path

import yaml
from openapi_schema_validator import OAS31Validator

document = yaml.safe_load(Path(sys.argv[1]).read_text())
schema = {"$ref": "#/components/schemas/process", "components": document["components"]}
validator = OAS31Validator(schema)
definitions = [json.loads(file.read_text()) for file in sorted(Path(sys.argv[2]).glob("*.json"))]
print(sum(not validator.is_valid(definition) for definition in definitions), len(definitions))
