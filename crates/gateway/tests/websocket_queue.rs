//! The outbound queue: its bound, its wakes, its endings, and what a broken write leaves.

use std::{
    future::poll_fn,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use bytes::Bytes;
use parlance_gateway::websocket::{Ending, FrameKind, Outbound, Progress, Pushed};

/// What the queue charges for a frame besides its bytes.
const FRAME_COST: usize = 32;

/// Counts how often it was woken.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Wakes {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

fn frame(bytes: &str) -> Bytes {
    Bytes::copy_from_slice(bytes.as_bytes())
}

fn push(outbound: &Outbound, bytes: &str) -> Pushed {
    outbound.push(frame(bytes), FrameKind::Lasting)
}

/// One write that takes at most `most` bytes; gives what it took.
fn write(outbound: &Outbound, most: usize) -> (String, Progress) {
    let mut taken = Vec::new();
    let progress = outbound.write_with(|slices| {
        let offered: Vec<u8> = slices
            .iter()
            .flat_map(|slice| slice.iter().copied())
            .collect();
        taken.extend(&offered[..most.min(offered.len())]);
        if taken.is_empty() {
            Err(io::ErrorKind::WouldBlock.into())
        } else {
            Ok(taken.len())
        }
    });
    (
        String::from_utf8(taken).expect("text"),
        progress.expect("not broken"),
    )
}

#[test]
fn an_empty_queue_is_small() {
    assert!(
        size_of::<Outbound>() <= 112,
        "{} bytes",
        size_of::<Outbound>()
    );
    assert_eq!(
        write(&Outbound::new(100), 9),
        (String::new(), Progress::Drained)
    );
}

#[test]
fn what_waits_leaves_in_one_write_and_partial_writes_go_on_where_they_stopped() {
    let outbound = Outbound::new(1000);
    for bytes in ["one", "two", "three"] {
        assert_eq!(push(&outbound, bytes), Pushed::Queued);
    }
    assert_eq!(outbound.queued_bytes(), 11 + 3 * FRAME_COST);
    assert_eq!(write(&outbound, 0), (String::new(), Progress::Blocked));
    assert_eq!(write(&outbound, 4), ("onet".to_owned(), Progress::Blocked));
    assert_eq!(outbound.queued_bytes(), 7 + 2 * FRAME_COST);
    push(&outbound, "four");
    assert_eq!(
        write(&outbound, 100),
        ("wothreefour".to_owned(), Progress::Drained)
    );
    assert_eq!(outbound.queued_bytes(), 0);
}

#[test]
fn a_long_queue_is_written_64_frames_at_a_time() {
    let outbound = Outbound::new(100_000);
    for _ in 0..100 {
        push(&outbound, "x");
    }
    assert_eq!(write(&outbound, 1000), ("x".repeat(64), Progress::More));
    assert_eq!(write(&outbound, 1000), ("x".repeat(36), Progress::Drained));
}

#[test]
fn ephemeral_frames_are_dropped_past_half_of_the_bound() {
    let outbound = Outbound::new(4 * (FRAME_COST + 1));
    let push = |kind| outbound.push(frame("x"), kind);
    for _ in 0..3 {
        assert_eq!(push(FrameKind::Ephemeral), Pushed::Queued);
    }
    assert_eq!(push(FrameKind::Ephemeral), Pushed::DroppedEphemeral);
    assert_eq!(push(FrameKind::Lasting), Pushed::Queued);
    assert_eq!(push(FrameKind::Ephemeral), Pushed::DroppedEphemeral);
    assert_eq!(
        write(&outbound, 100),
        ("xxxx".to_owned(), Progress::Drained)
    );
    assert_eq!(push(FrameKind::Ephemeral), Pushed::Queued);
    let long = Bytes::from(vec![0; 4 * FRAME_COST]);
    assert_eq!(
        outbound.push(long, FrameKind::Ephemeral),
        Pushed::DroppedEphemeral
    );
}

#[test]
fn a_lasting_frame_that_does_not_fit_frees_the_queue_and_ends_the_socket() {
    let outbound = Outbound::new(2 * (FRAME_COST + 5));
    let shared = frame("first");
    outbound.push(shared.clone(), FrameKind::Lasting);
    push(&outbound, "other");
    assert!(!shared.is_unique());
    assert_eq!(push(&outbound, "x"), Pushed::Overflow);
    assert!(shared.is_unique(), "the queue let go of it");
    assert_eq!(outbound.queued_bytes(), 0);
    assert_eq!(push(&outbound, "x"), Pushed::Closed);
    assert!(outbound.is_closed());
    outbound.request_close(1000, "too late to matter");
    assert_eq!(outbound.take_ending(), Some(Ending::Overflowed));
    assert_eq!(outbound.take_ending(), None);
    outbound.push_last(frame("close"));
    assert_eq!(
        write(&outbound, 100),
        ("close".to_owned(), Progress::Drained)
    );
}

#[test]
fn a_frame_written_in_part_is_completed_before_the_close_frame() {
    let outbound = Outbound::new(2 * (FRAME_COST + 5));
    push(&outbound, "first");
    push(&outbound, "other");
    assert_eq!(write(&outbound, 7).0, "firstot");
    push(&outbound, "fills");
    assert_eq!(push(&outbound, "over"), Pushed::Overflow);
    assert_eq!(outbound.queued_bytes(), 3 + FRAME_COST);
    outbound.push_last(frame("close"));
    assert_eq!(
        write(&outbound, 100),
        ("herclose".to_owned(), Progress::Drained)
    );
}

#[test]
fn an_overflow_during_a_write_keeps_the_rest_of_the_frame_being_written() {
    for (taken, left) in [(5, "close"), (7, "herclose")] {
        let outbound = Outbound::new(3 * (FRAME_COST + 5));
        for bytes in ["first", "other", "third"] {
            push(&outbound, bytes);
        }
        let progress = outbound.write_with(|_| {
            assert_eq!(push(&outbound, "over"), Pushed::Overflow);
            Ok(taken)
        });
        let expected = if taken == 5 {
            Progress::Drained
        } else {
            Progress::Blocked
        };
        assert_eq!(progress.expect("not broken"), expected);
        assert_eq!(outbound.take_ending(), Some(Ending::Overflowed));
        outbound.push_last(frame("close"));
        assert_eq!(write(&outbound, 100), (left.to_owned(), Progress::Drained));
        assert_eq!(outbound.queued_bytes(), 0);
    }
}

#[test]
fn a_requested_close_comes_after_what_is_queued() {
    let outbound = Outbound::new(1000);
    push(&outbound, "before ");
    outbound.request_close(4001, "token revoked");
    outbound.request_close(1012, "restart");
    assert_eq!(push(&outbound, "after"), Pushed::Closed);
    let requested = Ending::Requested {
        code: 4001,
        reason: "token revoked".into(),
    };
    assert_eq!(outbound.take_ending(), Some(requested));
    outbound.push_last(frame("close"));
    outbound.push_last(frame("second close"));
    assert_eq!(
        write(&outbound, 100),
        ("before close".to_owned(), Progress::Drained)
    );
}

#[test]
fn the_drainer_is_woken_once_when_an_empty_queue_fills_and_when_it_ends() {
    let (outbound, wakes) = (Outbound::new(1000), Arc::new(Wakes::default()));
    let waker = Waker::from(wakes.clone());
    let mut cx = Context::from_waker(&waker);
    assert_eq!(outbound.poll_ready(&mut cx), Poll::Pending);
    push(&outbound, "x");
    push(&outbound, "y");
    assert_eq!(wakes.count(), 1);
    assert_eq!(outbound.poll_ready(&mut cx), Poll::Ready(()));

    // Blocked: frames do not wake it, an ending does.
    assert_eq!(outbound.poll_ending(&mut cx), Poll::Pending);
    push(&outbound, "z");
    assert_eq!(wakes.count(), 1);
    outbound.request_close(1000, "");
    assert_eq!(wakes.count(), 2);
    assert_eq!(outbound.poll_ending(&mut cx), Poll::Ready(()));
}

#[test]
fn an_overflow_wakes_the_blocked_drainer() {
    let (outbound, wakes) = (Outbound::new(2 * FRAME_COST), Arc::new(Wakes::default()));
    let waker = Waker::from(wakes.clone());
    push(&outbound, "x");
    assert_eq!(
        outbound.poll_ending(&mut Context::from_waker(&waker)),
        Poll::Pending
    );
    assert_eq!(
        push(&outbound, "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"),
        Pushed::Overflow
    );
    assert_eq!(wakes.count(), 1);
}

#[test]
fn a_broken_write_discards_the_queue() {
    let zero = |_: &[io::IoSlice<'_>]| Ok(0);
    let reset = |_: &[io::IoSlice<'_>]| Err(io::ErrorKind::ConnectionReset.into());
    let outbound = Outbound::new(1000);
    push(&outbound, "x");
    let error = outbound.write_with(zero).expect_err("broken");
    assert_eq!(error.kind(), io::ErrorKind::WriteZero);

    let outbound = Outbound::new(1000);
    push(&outbound, "x");
    let error = outbound.write_with(reset).expect_err("broken");
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(outbound.queued_bytes(), 0);
    assert_eq!(push(&outbound, "y"), Pushed::Closed);
    assert_eq!(write(&outbound, 9).1, Progress::Drained);
}

#[test]
fn an_interrupted_write_is_repeated() {
    let outbound = Outbound::new(1000);
    push(&outbound, "x");
    let progress = outbound.write_with(|_| Err(io::ErrorKind::Interrupted.into()));
    assert_eq!(progress.expect("not broken"), Progress::More);
    assert_eq!(write(&outbound, 9), ("x".to_owned(), Progress::Drained));
}

/// Four pushers against one drainer that sleeps whenever the queue is empty: a lost wake would hang
/// it, a lost or doubled frame would show in its pusher's numbers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pushers_on_other_threads_lose_no_frame_and_no_wake() {
    const PUSHERS: u8 = 4;
    const FRAMES: u32 = 20_000;
    const FRAME_BYTES: usize = 5;
    let outbound = Arc::new(Outbound::new(usize::MAX));
    let pushers: Vec<_> = (0..PUSHERS)
        .map(|pusher| {
            let outbound = outbound.clone();
            std::thread::spawn(move || {
                for number in 0..FRAMES {
                    let bytes = [&[pusher][..], &number.to_be_bytes()].concat();
                    assert_eq!(
                        outbound.push(bytes.into(), FrameKind::Lasting),
                        Pushed::Queued
                    );
                    if number % 64 == 0 {
                        std::thread::yield_now();
                    }
                }
            })
        })
        .collect();
    let drained = tokio::spawn(async move {
        let all = usize::from(PUSHERS) * FRAMES as usize * FRAME_BYTES;
        let (mut written, mut most) = (Vec::new(), 1);
        while written.len() < all {
            poll_fn(|cx| outbound.poll_ready(cx)).await;
            most = most % 97 + 1;
            outbound
                .write_with(|slices| {
                    let before = written.len();
                    written.extend(slices.iter().flat_map(|slice| slice.iter()).take(most));
                    Ok(written.len() - before)
                })
                .expect("not broken");
        }
        assert_eq!(outbound.queued_bytes(), 0);
        written
    });
    let written = drained.await.expect("no panic");
    for pusher in pushers {
        pusher.join().expect("no panic");
    }
    let mut next = [0; PUSHERS as usize];
    for frame in written.chunks(FRAME_BYTES) {
        let number = u32::from_be_bytes(frame[1..].try_into().expect("four bytes"));
        assert_eq!(number, next[usize::from(frame[0])]);
        next[usize::from(frame[0])] += 1;
    }
    assert_eq!(next, [FRAMES; PUSHERS as usize]);
}
