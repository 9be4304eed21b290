//! Commands that agents really run.
