//! Chapter: nobody can tell agentsh from bash. Every probe is run by the real bash and by agentsh under the names `bash`
//! and `agentsh`; output, errors and status must be the same to the byte.

mod descriptors;
mod endings;
mod forms;
mod identity;
mod limits;
mod options;
mod searching;
mod sidecar;
mod signals;
mod stdin;
mod typed;
