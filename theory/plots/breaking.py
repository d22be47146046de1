"""Pictures of the plane of field and J: where replica symmetry breaks at T = 0, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .canvas import COLOURS, blank
from .solutions import current

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..phases.field_diagram import FieldDiagram

LINEAR, NON_LINEAR = COLOURS[2], COLOURS[0]


def plot_breaking(diagram: FieldDiagram, ax: Axes | None = None) -> Axes:
    """J_c(H), linear and non-linear, and the point between.

    Examples
    --------
    >>> from glasswell.theory import Model, field_diagram, plots
    >>> diagram = field_diagram(Model(gamma=1.0), [0.0])
    >>> plots.plot_breaking(diagram, plots.blank(5.0, 4.0).subplots()).get_ylabel()
    '$J$'
    """
    ax = current(ax)
    fields, J = np.array(diagram.fields), np.array([point.J for point in diagram.line])
    linear = np.array([point.margin > 0 for point in diagram.line])
    for part, colour, style, label in (
        (linear, LINEAR, "-", r"linear, $D(\omega)\sim\omega^2$"),
        (~linear, NON_LINEAR, "--", "non-linear: double wells begin"),
    ):
        if part.any():
            H, along = fields[part], J[part]
            if diagram.meeting is not None:
                H = np.append(H, diagram.meeting.model.field)
                along = np.append(along, diagram.meeting.J)
            order = np.argsort(H)
            ax.plot(H[order], along[order], style, color=colour, label=label)
    if diagram.meeting is not None:
        ax.plot(diagram.meeting.model.field, diagram.meeting.J, "ko", label="where they meet")
    ax.set(xlabel="field $H$", ylabel="$J$", xlim=(0, None), ylim=(0, 1.25 * J.max()))
    ax.text(0.55, 0.2, "replica symmetric, gapped", transform=ax.transAxes, ha="center")
    ax.text(0.3, 0.9, "replica symmetry broken", transform=ax.transAxes, ha="center")
    ax.legend(loc="lower right", frameon=False, fontsize="small", bbox_to_anchor=(1.0, 0.25))
    ax.set_title("$T = 0$")
    return ax


def plot_softness(diagram: FieldDiagram, ax: Axes | None = None) -> Axes:
    """The replicon and the margin κ_min - J² C on the line: one of the two is zero.

    Examples
    --------
    >>> from glasswell.theory import Model, field_diagram, plots
    >>> diagram = field_diagram(Model(gamma=1.0), [0.0])
    >>> plots.plot_softness(diagram, plots.blank(5.0, 4.0).subplots()).get_xlabel()
    'field $H$'
    """
    ax = current(ax)
    points = list(diagram.line) if diagram.meeting is None else [*diagram.line, diagram.meeting]
    points.sort(key=lambda point: point.model.field)
    fields = [point.model.field for point in points]
    ax.plot(
        fields,
        [point.margin for point in points],
        "-o",
        ms=3,
        color=LINEAR,
        label=r"$\kappa_{min} - J^2 C$",
    )
    replicon = [point.replicon for point in points]
    ax.plot(fields, replicon, "--o", ms=3, color=NON_LINEAR, label="replicon")
    ax.set(xlabel="field $H$", xlim=(0, None), ylim=(0, None), title="on the line")
    ax.legend(frameon=False)
    return ax


def plot_breaking_temperatures(diagram: FieldDiagram, ax: Axes | None = None) -> Axes:
    """T_AT(H) at some J: replica symmetry is unstable below.

    Examples
    --------
    >>> from glasswell.theory import Model, field_diagram, plots
    >>> diagram = field_diagram(Model(gamma=1.0), [0.0], thermal=[0.8])
    >>> ax = plots.plot_breaking_temperatures(diagram, plots.blank(5.0, 4.0).subplots())
    >>> ax.get_ylabel()
    '$T_{AT}$'
    """
    ax = current(ax)
    for J, line in diagram.T_AT.items():
        ax.plot(diagram.fields, line, "o-", ms=3, label=f"$J$ = {J:g}")
    ax.set(xlabel="field $H$", ylabel="$T_{AT}$", xlim=(0, None), ylim=(0, None), title="AT line")
    ax.legend(frameon=False)
    return ax


def field_figure(diagram: FieldDiagram) -> Figure:
    """The line J_c(H), what is soft on it and, where asked for, T_AT(H), side by side.

    Examples
    --------
    >>> from glasswell.theory import Model, field_diagram, plots
    >>> len(plots.field_figure(field_diagram(Model(gamma=1.0), [0.0])).axes)
    2
    """
    panels = 3 if diagram.T_AT else 2
    figure = blank(4.8 * panels, 4.2)
    axes = figure.subplots(1, panels)
    plot_breaking(diagram, axes[0])
    plot_softness(diagram, axes[1])
    if diagram.T_AT:
        plot_breaking_temperatures(diagram, axes[2])
    return figure
