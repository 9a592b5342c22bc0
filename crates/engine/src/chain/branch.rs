//! Going on from any block for a while, as if it were the latest.

use std::mem;

use super::{
    Chain,
    error::ChainError,
    settings::{Next, Settings},
};
use crate::precompiles::Moves;

impl Chain {
    /// Do something on the chain that ends with block `number`, on the state that it left; everything is undone then.
    pub(super) fn branch<T>(
        &mut self,
        number: u64,
        work: impl FnOnce(&mut Self) -> Result<T, ChainError>,
    ) -> Result<T, ChainError> {
        self.history.block(number)?;
        self.history.check_state(number)?;
        let left = self.history.blocks.left(number);
        let left = left.unwrap_or_else(|| self.state.checkpoint());
        let rewound = self.state.rewind(left)?;
        let trunk = self.history.cut(number, left);
        let settings = self.settings.clone();
        self.settings = Settings {
            next: Next::default(),
            // A fork has no consensus layer that asks for what waits in the queues.
            requests_are_idle: self.is_fork(),
            virtual_for: None,
            total_difficulty: settings
                .total_difficulty
                .saturating_sub(trunk.tail.difficulty),
            ..self.settings.clone()
        };
        let copy = self.pool.copied();
        let pool = mem::replace(&mut self.pool, copy);
        self.forget_pending();
        // What the undo log holds back must not be given up meanwhile.
        let limit = self.history_limit.take();

        let result = work(self);

        self.history_limit = limit;
        self.executor.move_precompiles(Moves::default());
        self.pool = pool;
        self.settings = settings;
        self.history.mend(trunk);
        self.forget_pending();
        self.state.restore(rewound)?;
        result
    }
}
