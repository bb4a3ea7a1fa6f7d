#!/usr/bin/env python3
"""Opens a release's spreadsheets in LibreOffice and compares every cell with the CSV files.

    tests/spreadsheets/compare_with_libreoffice.py OUT

LibreOffice writes each sheet as CSV, unformatted. The sheets Columns and Codes say which column
and which code of the CSV file stands behind a heading and a word. Needs soffice, 7.2 or newer.
"""

import csv
import pathlib
import subprocess
import sys
import tempfile

# Comma, double quotes, UTF-8, from line 1, no column formats, English, quote text only,
# numbers as they are and not as shown, no formulas, no spaces trimmed, every sheet.
FILTER = "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,true,false,false,false,false,-1"
MARKERS = {"[c]", "[x]", "[z]"}


def sheets(path, folder):
    """Every sheet of a workbook as rows of text, by name."""
    profile = (folder / "profile").as_uri()
    out = folder / path.suffix.lstrip(".")
    command = ["soffice", "--headless", f"-env:UserInstallation={profile}", "--convert-to", FILTER]
    subprocess.run(
        [*command, "--outdir", str(out), str(path)], check=True, capture_output=True, timeout=300
    )
    found = {}
    for file in sorted(out.glob("*.csv")):
        with file.open(newline="", encoding="utf-8") as lines:
            found[file.stem.removeprefix(f"{path.stem}-")] = list(csv.reader(lines))
    return found


def table(rows):
    """The table of a sheet without its header: it begins after the lines of one cell."""
    first = next(at for at, row in enumerate(rows) if len(row) > 1 and row[1])
    return rows[first], rows[first + 1 :]


def shortest(text):
    """A decimal without surplus zeros; other text as it is."""
    digits = text.removeprefix("-").replace(".", "", 1)
    if not digits.isdecimal() or "." not in text:
        return text
    return text.rstrip("0").rstrip(".")


def compare(release, book, form):
    """Compares one workbook; returns how many cells are the same, and what is not."""
    columns, codes = {}, {}
    for sheet, heading, column, _ in table(book["Columns"])[1]:
        columns.setdefault(sheet, []).append((heading, column))
    for _, column, code, words in table(book["Codes"])[1]:
        codes[column, words] = code
    same, wrong = 0, []
    for file in sorted((release / "tables").glob("*.csv")):
        with file.open(newline="", encoding="utf-8") as lines:
            expected = list(csv.reader(lines))
        if file.stem not in columns:
            wrong.append(f"{form}: {file.stem} is missing")
            continue
        headings, rows = table(book[file.stem])
        names = [column for _, column in columns[file.stem]]
        if names != expected[0][1:-2] or headings != [heading for heading, _ in columns[file.stem]]:
            wrong.append(f"{form}: {file.stem} has other columns")
        if len(rows) != max(len(expected) - 1, 1 if form == "xlsx" and len(expected) == 1 else 0):
            wrong.append(f"{form}: {file.stem} has {len(rows)} rows, not {len(expected) - 1}")
        for number, (row, cells) in enumerate(zip(expected[1:], rows), start=2):
            for name, value, cell in zip(names, row[1:-2], cells):
                cell = codes.get((name, cell), cell)
                if cell == shortest(value) or (value == "" and cell in MARKERS):
                    same += 1
                else:
                    wrong.append(f"{form}: {file.stem}, row {number}, {name}: {value!r} is {cell!r}")
    return same, wrong


def main():
    release = pathlib.Path(sys.argv[1])
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for form in ("xlsx", "ods"):
            book = sheets(release / f"paybench.{form}", pathlib.Path(folder))
            same, wrong = compare(release, book, form)
            print(f"{form}: {len(book)} sheets, {same} cells the same, {len(wrong)} differ")
            print("\n".join(wrong[:20]), end="\n" if wrong else "")
            failed |= bool(wrong) or same == 0
    sys.exit(failed)


if __name__ == "__main__":
    main()
