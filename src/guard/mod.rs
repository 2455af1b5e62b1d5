//! Holds running processes to what was cleared: real argv, file changes, hard scope. Not built yet: opaque lines run
//! as the setting `opaque` decides, and their coverage says `none`.
