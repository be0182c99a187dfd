"""Real text for tokenizers: this repository's code and prose, and what text is elsewhere."""

import base64
import hashlib
from pathlib import Path

from .typescript import ROOT

TABLE = "\n".join(
    ["| seed | base | SFT truncated | SFT windows |", "| --- | ---: | :--- | --- |"]
    + [f"| {row} | 0 | .{row * 37:03d}±.006 | −{row}.463e-{row} |" for row in range(20)]
)

UNICODE = [
    "Größe, naïve café, İstanbul, ſtraße, ﬁligree — “quoted” … ½ ² ™ № ℃",
    "e\u0301 a\u030a\u0323 o\u0308 (decomposed) and é ạ̊ ö (composed)",
    "Привет, мир! Ελληνικά: ὕβρις. עברית מימין לשמאל. العربية ١٢٣٤٥. हिन्दी में नमस्ते १२३।",
    "漢字とカタカナ、ひらがな。한국어 띄어쓰기. ภาษาไทยไม่เว้นวรรค 中文，全角：１２３。",
    "👩‍👩‍👧‍👦 🇩🇪 👍🏽 ❤️ 🏴󠁧󠁢󠁳󠁣󠁴󠁿 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𓀀 \U0001f9ec",
    "spaces:\u00a0nbsp \u2003em \u3000ideographic \u200bzero\u200djoiner\u2060 \ufeffbom \u0085nel \u2028line \u2029para",
    "controls: \x00 \x01 \x07 \x1b[31mred\x1b[0m \x7f \t\ttabs\r\nCRLF\rCR \x0b\x0c end",
    "I'll you're we've he'd IT'S don’t 'tis ''' 1,234,567.89 0x1F 10e-5 3.14159265358979323846 v1.2.3-rc.4",
]

SPACES = "a  b   c    d\n\n\n\n  x\n \n\t\n   trailing   \n\n"


def long_lines() -> list[str]:
    """Lines of tens of thousands of characters, with and without places to break at."""
    digest = b"".join(hashlib.sha256(bytes([index])).digest() for index in range(250)) * 4
    return [
        base64.b64encode(digest).decode(),
        "x" * 20_000,
        " " * 5_000 + "end",
        ",".join(str(index * index) for index in range(6_000)),
        "def f(a):return a;" * 1_500,
        "\U0001f600é漢" * 4_000,
    ]


def repository_files() -> list[Path]:
    """Sources and prose of this checkout that git knows the folders of, in a fixed order."""
    folders = ["core", "activities", "trainer/longhaul_trainer"]
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in {".ts", ".py"}]
    return sorted([*files, ROOT / "LICENSE", ROOT / "package.json"])


def real_texts() -> list[str]:
    """Code, tables, Unicode, spaces and very long lines."""
    return [*(path.read_text() for path in repository_files()), TABLE, *UNICODE, SPACES, *long_lines()]
