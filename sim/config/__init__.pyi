from .file import as_toml as as_toml
from .file import load as load
from .file import parse as parse
from .simulation import MOST_SAMPLES as MOST_SAMPLES
from .simulation import SimulationConfig as SimulationConfig
