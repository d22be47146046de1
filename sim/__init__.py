"""Finite N: what samples do.

How its files hang together, in the order of a run:

    before              toml → config  scales  devices  memory  provenance  checks  errors
    one sample          rng → couplings, local → landscape (linalg)
    minima              anneal (fused) → descent (majorise, fused_descent) → newton → minimise
                        search: from many starts; states: sorted, counted, measured
    local potentials    cavity: (h_i, C_i); relaxation: driven (held, drive, curve, jumps)
                        path: over the saddle (saddle, partners)
                        local_wells: all three (double_wells)
                        response: level crossings; spectrum: vibrations
    equilibrium         hmc (noise, mirror, step_size) → exchange, ladder → tempering → temper
                        tuning: of ladders; temperable: what is refused
                        moments, measurements: what is kept; tempered: what was
    its proof           equilibrium: identities; drift, binning, autocorrelation, mixing
                        jackknife; flags → evidence; observables, overlap_distribution
    many samples        tasks → engines → ensemble; shards, checkpoint, interrupts, lock
    what is left        archive: written (durable); archive_reading: checked and read
                        archive_schema, archive_layout: what is in it
                        archive_objects → archive_provenance, archive_check, archive_checksums
                        identity, summary, printable
    at the edge         cli
"""

from . import (
    archive,
    cavity,
    couplings,
    equilibrium,
    hmc,
    landscape,
    local,
    local_wells,
    observables,
    path,
    relaxation,
    response,
    spectrum,
    tempering,
    tuning,
)
from .archive import Archive, Provenance, SizeData
from .config import SimulationConfig
from .ensemble import simulate
from .errors import (
    ArchiveError,
    ConfigError,
    CouplingError,
    DeviceError,
    LockError,
    NotAMinimumError,
    ShapeError,
    SimulationError,
    StorageError,
)
from .minimise import Minima, Status, minimise
from .noise import Noise
from .summary import inspect
from .tempered import Tempered

__all__ = [
    "Archive",
    "ArchiveError",
    "ConfigError",
    "CouplingError",
    "DeviceError",
    "LockError",
    "Minima",
    "Noise",
    "NotAMinimumError",
    "Provenance",
    "ShapeError",
    "SimulationConfig",
    "SimulationError",
    "SizeData",
    "Status",
    "StorageError",
    "Tempered",
    "archive",
    "cavity",
    "couplings",
    "equilibrium",
    "hmc",
    "inspect",
    "landscape",
    "local",
    "local_wells",
    "minimise",
    "observables",
    "path",
    "relaxation",
    "response",
    "simulate",
    "spectrum",
    "tempering",
    "tuning",
]
