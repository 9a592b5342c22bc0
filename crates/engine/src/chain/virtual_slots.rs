//! Slots that the protocol writes at the start of each block, answered for when they are read instead.
//!
//! EIP-2935 stores the hash of each block's parent, EIP-4788 the time and the beacon root of each block. Writing them would
//! cost every block a hash of all before it. As long as the contracts are what their EIPs say, the chain therefore only
//! remembers for which blocks it did not write them.

use crate::state::Checkpoint;

/// The blocks that a system contract was not called for.
#[derive(Clone, Debug, Default)]
pub(super) struct VirtualSlots {
    spans: Vec<Span>,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    /// The first block.
    from: u64,
    /// The last one, and the state from which on the slots stand in the state after all.
    until: Option<(u64, Checkpoint)>,
}

/// Where a list of spans stood.
#[derive(Clone, Copy, Debug)]
pub(super) struct SpanMark {
    len: usize,
    is_open: bool,
}

impl VirtualSlots {
    /// Whether the next block is not to call the contract.
    pub(super) fn is_open(&self) -> bool {
        self.spans.last().is_some_and(|span| span.until.is_none())
    }

    pub(super) fn open(&mut self, from: u64) {
        if !self.is_open() {
            self.spans.push(Span { from, until: None });
        }
    }

    pub(super) fn close(&mut self, last: u64, written_at: Checkpoint) {
        if let Some(span) = self.spans.last_mut() {
            span.until.get_or_insert((last, written_at));
        }
    }

    /// Whether what block `number` would have written is not in a state at `position`.
    pub(super) fn covers(&self, number: u64, position: Checkpoint) -> bool {
        self.spans.iter().rev().any(|span| {
            span.from <= number
                && span
                    .until
                    .is_none_or(|(last, written_at)| number <= last && position < written_at)
        })
    }

    /// The oldest block of the span that covers `number`.
    pub(super) fn oldest(&self, number: u64) -> u64 {
        let span = self.spans.iter().rev().find(|span| span.from <= number);
        span.map_or(number, |span| span.from)
    }

    /// What is known of them in a state at `position` that block `number` left.
    pub(super) fn as_of(&self, number: u64, position: Checkpoint) -> Self {
        let until_then = self.spans.iter().take_while(|span| span.from <= number + 1);
        let mut spans: Vec<_> = until_then.copied().collect();
        let is_open = |span: &Span| span.until.is_none_or(|(_, written)| position < written);
        if let Some(open) = spans.iter().position(is_open) {
            spans.truncate(open + 1);
            spans[open].until = None;
        }
        Self { spans }
    }

    pub(super) fn mark(&self) -> SpanMark {
        SpanMark {
            len: self.spans.len(),
            is_open: self.is_open(),
        }
    }

    pub(super) fn restore(&mut self, mark: SpanMark) {
        self.spans.truncate(mark.len);
        if let (true, Some(span)) = (mark.is_open, self.spans.last_mut()) {
            span.until = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::State;

    #[test]
    fn closed_spans_cover_only_older_states() {
        let mut state = State::new();
        let before = state.checkpoint();
        state.set_nonce(revm::primitives::Address::ZERO, 1).unwrap();
        let written = state.checkpoint();
        let mut slots = VirtualSlots::default();
        slots.open(1);
        let mark = slots.mark();
        assert!(slots.covers(7, written) && !slots.covers(0, written));
        slots.close(7, written);
        assert!(slots.covers(7, before) && !slots.covers(7, written) && !slots.covers(8, before));
        slots.open(9);
        assert!(slots.is_open() && slots.covers(9, written) && slots.oldest(12) == 9);
        slots.restore(mark);
        assert!(slots.is_open() && slots.covers(8, written));
    }
}
