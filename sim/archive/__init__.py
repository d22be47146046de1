"""The HDF5 archive: its layout, how it is written, read and summarised."""
