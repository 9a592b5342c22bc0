//! The EVM on its state: one binary, for one link.

mod agreement;
mod cache;
mod execution;
mod recording;
mod refusals;
mod state;
mod steps;
mod system;
mod tails;
mod world;
