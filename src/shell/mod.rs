//! The front door of agents: bash's command line, judged.
