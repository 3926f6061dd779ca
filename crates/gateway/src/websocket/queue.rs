//! The outbound queue of one socket: many pushers (the hub), one drainer (the socket's task).
//!
//! It is bounded in bytes, holds nothing while empty, and hands everything that waits to one
//! vectored write. A slow reader costs itself its socket: ephemeral frames are dropped first, then
//! the queue overflows, is freed, and the socket's task is told to end.

use std::{
    borrow::Cow,
    collections::VecDeque,
    io::{self, IoSlice},
    mem,
    task::{Context, Poll, Waker},
};

use bytes::{Buf as _, Bytes};
use parking_lot::Mutex;

/// Frames in one vectored write at most. Enough that a system call's cost no longer shows, few
/// enough that their descriptions (1 KiB) lie on the stack.
const MAX_SLICES: usize = 64;
/// An emptied queue keeps its allocation up to this many frames (128 bytes), so that a socket that
/// is told one thing at a time does not allocate for each.
const KEPT_FRAMES: usize = 4;
/// What a queued frame costs besides its bytes; without it a million pongs would count as little.
const FRAME_COST: usize = size_of::<Bytes>();

/// How long what a frame says is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// An event or an answer: a socket that cannot be given it is closed.
    Lasting,
    /// Typing, presence, a pong: dropped when the reader is behind.
    Ephemeral,
}

/// What became of a pushed frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// It will be written, if the socket lives.
    Queued,
    /// The reader is behind, so it was dropped.
    DroppedEphemeral,
    /// It did not fit: the queue has been freed and the socket is about to be closed.
    Overflow,
    /// The socket is being closed already; the frame was dropped.
    Closed,
}

/// Why a socket is to be ended from this side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Somebody asked for it: what was queued before is still written.
    Requested {
        /// The close code.
        code: u16,
        /// The close reason; cut to 123 bytes when encoded.
        reason: Cow<'static, str>,
    },
    /// The reader was too slow: frames are missing, so it must be told to resume.
    Overflowed,
}

/// What a vectored write has left to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nothing is queued.
    Drained,
    /// All that was offered was taken, and more is queued: write again.
    More,
    /// The socket took less than it was offered: wait until it is writable.
    Blocked,
}

/// Frames on their way to one socket, shared by an `Arc`.
#[derive(Debug)]
pub struct Outbound {
    max_bytes: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Frames not yet offered; the first may have been written in part.
    frames: VecDeque<Bytes>,
    /// What all unwritten frames cost, those being written included.
    cost: usize,
    waker: Option<Waker>,
    /// In a box: most queues never have one.
    ending: Option<Box<Ending>>,
    phase: Phase,
    /// The drainer has taken frames out to write them and will put back what is left.
    writing: bool,
    /// The first frame has been written in part: only its rest may follow it.
    begun: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Phase {
    #[default]
    Open,
    /// An ending was asked for; the last frame is still to come.
    Ending,
    /// The last frame is queued, or the socket is gone.
    Ended,
}

impl Outbound {
    /// An empty queue, which has allocated nothing.
    ///
    /// `max_bytes` bounds what waits: frames, and 32 bytes for each of them. A single frame may be
    /// longer; it fits into an empty queue.
    pub fn new(max_bytes: usize) -> Self {
        Self {
            max_bytes,
            state: Mutex::default(),
        }
    }

    /// Queues a frame, and wakes the drainer if it has been waiting for one.
    pub fn push(&self, frame: Bytes, kind: FrameKind) -> Pushed {
        let mut state = self.state.lock();
        if state.phase != Phase::Open {
            return Pushed::Closed;
        }
        let cost = state.cost + frame.len() + FRAME_COST;
        // One frame always fits into an empty queue: an answer may be longer than what is let wait.
        let fits = cost <= self.max_bytes || state.cost == 0;
        match kind {
            FrameKind::Ephemeral if !fits || state.cost > self.max_bytes / 2 => {
                return Pushed::DroppedEphemeral;
            }
            FrameKind::Lasting if !fits => {
                let freed = state.keep_only_begun();
                let waker = state.end(Ending::Overflowed);
                // Freeing and waking take long enough to let others in before.
                drop(state);
                drop(freed);
                wake(waker);
                return Pushed::Overflow;
            }
            FrameKind::Lasting | FrameKind::Ephemeral => {}
        }
        let was_empty = state.frames.is_empty() && !state.writing;
        state.frames.push_back(frame);
        state.cost = cost;
        let waker = if was_empty { state.waker.take() } else { None };
        drop(state);
        wake(waker);
        Pushed::Queued
    }

    /// Asks the socket's task to close with this code and reason, after what is queued. The first
    /// ending counts, of whatever sort.
    pub fn request_close(&self, code: u16, reason: impl Into<Cow<'static, str>>) {
        let mut state = self.state.lock();
        if state.phase == Phase::Open {
            let waker = state.end(Ending::Requested {
                code,
                reason: reason.into(),
            });
            drop(state);
            wake(waker);
        }
    }

    /// Bytes that wait, each frame's 32 included.
    pub fn queued_bytes(&self) -> usize {
        self.state.lock().cost
    }

    /// Whether pushes are refused.
    pub fn is_closed(&self) -> bool {
        self.state.lock().phase != Phase::Open
    }

    /// For the drainer that is free to write: ready when a frame waits or an ending was asked for.
    pub fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.lock();
        let ready = !state.frames.is_empty() || state.ending.is_some();
        state.poll(ready, cx)
    }

    /// For the drainer whose socket is [`Blocked`](Progress::Blocked): ready when an ending was
    /// asked for. Frames do not wake it.
    pub fn poll_ending(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.lock();
        let ready = state.ending.is_some();
        state.poll(ready, cx)
    }

    /// Takes the ending that was asked for, once. The drainer answers with
    /// [`push_last`](Self::push_last) and a deadline for draining.
    pub fn take_ending(&self) -> Option<Ending> {
        self.state.lock().ending.take().map(|ending| *ending)
    }

    /// For the drainer: queues the close frame after what is there, whatever the bound, and refuses
    /// everything from now on. Only the first is queued.
    pub fn push_last(&self, frame: Bytes) {
        let mut state = self.state.lock();
        if state.phase != Phase::Ended {
            state.phase = Phase::Ended;
            state.ending = None;
            state.cost += frame.len() + FRAME_COST;
            state.frames.push_back(frame);
        }
    }

    /// For the drainer, when the socket is gone: frees everything, refuses everything.
    pub fn discard(&self) {
        let mut state = self.state.lock();
        state.phase = Phase::Ended;
        state.writing = false;
        let freed = (
            mem::take(&mut state.frames),
            state.waker.take(),
            state.ending.take(),
        );
        state.cost = 0;
        drop(state);
        drop(freed);
    }

    /// For a drainer that passes whole frames on instead of [writing](Self::write_with) them: takes
    /// out the first one.
    pub fn pop(&self) -> Option<Bytes> {
        let mut state = self.state.lock();
        debug_assert!(!state.writing && !state.begun, "a queue has one drainer");
        let frame = state.frames.pop_front()?;
        state.cost -= frame.len() + FRAME_COST;
        if state.frames.is_empty() && state.frames.capacity() > KEPT_FRAMES {
            state.frames = VecDeque::new();
        }
        Some(frame)
    }

    /// For the drainer: offers what waits (64 frames at most) to one `write`, such as
    /// `TcpStream::try_write_vectored`, and keeps what it does not take. Pushers are not held up
    /// meanwhile. With nothing queued `write` is not called.
    ///
    /// # Errors
    /// Those of `write`, except `WouldBlock` and `Interrupted`; `WriteZero` when it takes nothing.
    /// The socket is broken then, and the queue has been [discarded](Self::discard).
    pub fn write_with(
        &self,
        write: impl FnOnce(&[IoSlice<'_>]) -> io::Result<usize>,
    ) -> io::Result<Progress> {
        let mut batch = {
            let mut state = self.state.lock();
            debug_assert!(!state.writing, "a queue has one drainer");
            if state.frames.is_empty() {
                return Ok(Progress::Drained);
            }
            state.writing = true;
            mem::take(&mut state.frames)
        };
        let mut slices = [IoSlice::new(&[]); MAX_SLICES];
        let (mut count, mut offered) = (0, 0);
        for (slice, frame) in slices.iter_mut().zip(&batch) {
            *slice = IoSlice::new(frame);
            count += 1;
            offered += frame.len();
        }
        let written = match write(&slices[..count]) {
            Ok(written) if written > 0 => written,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                self.state.lock().put_back(batch, Advance::default());
                return Ok(Progress::More);
            }
            broken => {
                self.discard();
                return Err(broken
                    .err()
                    .unwrap_or_else(|| io::ErrorKind::WriteZero.into()));
            }
        };
        let advance = advance(&mut batch, written);
        let drained = self.state.lock().put_back(batch, advance);
        Ok(match (drained, written == offered) {
            (true, _) => Progress::Drained,
            (false, true) => Progress::More,
            (false, false) => Progress::Blocked,
        })
    }
}

impl State {
    fn poll(&mut self, ready: bool, cx: &Context<'_>) -> Poll<()> {
        if ready {
            return Poll::Ready(());
        }
        if !self
            .waker
            .as_ref()
            .is_some_and(|waker| waker.will_wake(cx.waker()))
        {
            self.waker = Some(cx.waker().clone());
        }
        Poll::Pending
    }

    fn end(&mut self, ending: Ending) -> Option<Waker> {
        self.phase = Phase::Ending;
        self.ending = Some(Box::new(ending));
        self.waker.take()
    }

    /// Takes out all frames but one written in part, which a close frame may only follow when it
    /// is complete. Those being written are dealt with when they are put back.
    fn keep_only_begun(&mut self) -> VecDeque<Bytes> {
        let mut freed = mem::take(&mut self.frames);
        if self.begun
            && !self.writing
            && let Some(begun) = freed.pop_front()
        {
            self.frames.push_back(begun);
        }
        self.cost = self
            .frames
            .iter()
            .map(|frame| frame.len() + FRAME_COST)
            .sum();
        freed
    }

    /// Takes back what was not written of a batch; gives whether nothing is queued now.
    fn put_back(&mut self, mut batch: VecDeque<Bytes>, advance: Advance) -> bool {
        self.writing = false;
        self.begun = match advance {
            Advance { bytes: 0, .. } => self.begun,
            Advance { within, .. } => within,
        };
        batch.append(&mut self.frames);
        self.frames = batch;
        if self.ending.as_deref() == Some(&Ending::Overflowed) {
            // It overflowed during the write.
            drop(self.keep_only_begun());
        } else {
            self.cost -= advance.bytes + advance.frames * FRAME_COST;
        }
        let empty = self.frames.is_empty();
        if empty && self.frames.capacity() > KEPT_FRAMES {
            self.frames = VecDeque::new();
        }
        empty
    }
}

/// How far a write got.
#[derive(Debug, Default, Clone, Copy)]
struct Advance {
    bytes: usize,
    /// Frames that it completed.
    frames: usize,
    /// Whether it ended within a frame.
    within: bool,
}

/// Drops what was written off the front of `batch`.
fn advance(batch: &mut VecDeque<Bytes>, written: usize) -> Advance {
    let mut done = Advance {
        bytes: written,
        ..Advance::default()
    };
    let mut left = written;
    while let Some(front) = batch.front_mut() {
        if left < front.len() {
            front.advance(left);
            done.within = left > 0;
            break;
        }
        left -= front.len();
        done.frames += 1;
        batch.pop_front();
    }
    done
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
