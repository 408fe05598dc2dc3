"""Executes a notebook as `jupyter nbconvert --execute` does and prints what each code cell gave.

Usage: execute_notebook.py NOTEBOOK OUTPUT [PARAMETERS]
PARAMETERS is source text that takes the place of the cell tagged `parameters`. The notebook runs in its own folder.
"""
import json
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def main(notebook: str, output: str, parameters: str | None = None) -> None:
    book = nbformat.read(notebook, as_version=4)
    if parameters is not None:
        tagged = [cell for cell in book.cells if "parameters" in cell.metadata.get("tags", [])]
        if len(tagged) != 1:
            sys.exit(f"{notebook} has {len(tagged)} cells tagged parameters, not one")
        tagged[0].source = parameters
    started = time.monotonic()
    client = NotebookClient(
        book,
        timeout=300,
        kernel_name="furrow",
        allow_errors=True,
        store_widget_state=True,
        resources={"metadata": {"path": str(Path(notebook).parent)}},
    )
    client.execute()
    nbformat.write(book, output)
    cells = [
        {
            "source": cell.source,
            "outputs": [
                {
                    "type": out.output_type,
                    "text": out.get("text"),
                    "data": out.get("data"),
                    "error": out.get("ename") and f"{out.ename}: {out.evalue}",
                }
                for out in cell.outputs
            ],
        }
        for cell in book.cells
        if cell.cell_type == "code"
    ]
    json.dump({"seconds": time.monotonic() - started, "cells": cells}, sys.stdout)


main(*sys.argv[1:])
