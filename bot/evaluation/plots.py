"""Plots of a run, with Vietnamese labels."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from faq.text.noise import FORMS

mpl.rcParams["font.family"] = "DejaVu Sans"  # has every Vietnamese letter

_FORM_LABELS = {
    "clean": "như người hỏi gõ",
    "no_marks": "bỏ hết dấu",
    "teencode": "viết tắt kiểu chat",
    "typos": "gõ nhầm phím",
    "telex": "Telex chưa thành chữ",
    "mixed": "lẫn nhiều lỗi",
}
#: Outcome -> legend and colour; colours that differ also in grey and for colour-blind readers (Okabe-Ito).
IN_SCOPE_PIECES = {
    "right": ("trả lời đúng", "#009e73"),
    "clarified_with": ("hỏi lại, có câu đúng", "#56b4e9"),
    "declined": ("nói là chưa biết", "#bbbbbb"),
    "clarified_without": ("hỏi lại, không có câu đúng", "#e69f00"),
    "wrong": ("trả lời sai", "#d55e00"),
}
OUT_SCOPE_PIECES = {
    "declined": ("nói là chưa biết", "#009e73"),
    "signposted": ("chỉ sang nơi khác", "#56b4e9"),
    "clarified": ("hỏi lại", "#bbbbbb"),
    "small_talk": ("xã giao", "#f0e442"),
    "safety": ("nhắc an toàn", "#cc79a7"),
    "command": ("lệnh", "#0072b2"),
    "answered": ("trả lời", "#d55e00"),
}
_SHOWN_FROM = 4.0  # %; a smaller piece has no room for its number

Systems = Mapping[str, Mapping[str, Any]]


def draw_all(systems: Systems, folder: Path) -> list[Path]:
    """Draw outcomes in scope, outcomes out of scope, and reliability; give the files."""
    figures = {
        "outcomes.png": draw_outcomes(systems, "in_scope", "Câu hỏi trong phạm vi"),
        "out_of_scope.png": draw_outcomes(systems, "out_of_scope", "Câu hỏi ngoài phạm vi"),
        "reliability.png": draw_reliability(systems),
    }
    for name, figure in figures.items():
        figure.savefig(folder / name, dpi=120, bbox_inches="tight")
    return [folder / name for name in figures]


def draw_outcomes(systems: Systems, part: str, title: str) -> Figure:
    """Draw one panel for each noise form with one stacked bar for each system."""
    pieces = IN_SCOPE_PIECES if part == "in_scope" else OUT_SCOPE_PIECES
    figure = Figure(figsize=(13, 1.6 + 1.1 * len(systems)), layout="constrained")
    panels = figure.subplots(2, 3, sharex=True, sharey=True)
    for panel, form in zip(panels.flat, FORMS, strict=True):
        _stack(panel, [figures[part][form]["shares"] for figures in systems.values()], pieces)
        panel.set_title(_FORM_LABELS[form], fontsize=11)
        panel.set_yticks(range(len(systems)), [figures["label"] for figures in systems.values()], fontsize=10)
    panels.flat[0].invert_yaxis()
    figure.suptitle(f"{title}: kết quả theo cách gõ (%)", fontsize=13)
    handles, labels = panels.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncol=len(labels), fontsize=10)
    return figure


def _stack(panel: Axes, rows: Sequence[Mapping[str, Any]], pieces: Mapping[str, tuple[str, str]]) -> None:
    left = [0.0] * len(rows)
    for name, (label, colour) in pieces.items():
        widths = [100 * row[name]["share"] for row in rows]
        bars = panel.barh(range(len(rows)), widths, left=left, color=colour, label=label, height=0.75)
        panel.bar_label(
            bars, [f"{width:.0f}" if width >= _SHOWN_FROM else "" for width in widths], label_type="center", fontsize=9
        )
        left = [start + width for start, width in zip(left, widths, strict=True)]
    panel.set_xlim(0, 100)
    panel.spines[["top", "right"]].set_visible(False)


def draw_reliability(systems: Systems) -> Figure:
    """Draw how often a guess is right against how sure the system was, in scope and out of scope together."""
    figure = Figure(figsize=(6, 5.5), layout="constrained")
    panel = figure.subplots()
    panel.plot([0, 1], [0, 1], color="#999999", linestyle="--", label="lý tưởng")
    for figures in (figures for figures in systems.values() if figures["calibration"]):
        found = figures["calibration"]["with_strangers"]
        label = f"{figures['label']} (sai lệch {found['ece']:.3f})"
        panel.plot(
            [row["confidence"] for row in found["bins"]],
            [row["right"] for row in found["bins"]],
            marker="o",
            label=label,
        )
    panel.set_xlabel("độ chắc của hệ thống")
    panel.set_ylabel("tỷ lệ đúng thật")
    panel.set_title("Độ chắc có đáng tin không (gồm cả câu ngoài phạm vi)", fontsize=11)
    panel.legend(fontsize=9)
    return figure
