from .simulation import MOST_SAMPLES as MOST_SAMPLES
from .simulation import SimulationConfig as SimulationConfig
from .simulation import as_toml as as_toml
from .simulation import load as load
from .simulation import parse as parse
