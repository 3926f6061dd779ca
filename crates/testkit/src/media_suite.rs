//! The contract of [`Media`]: what every backend keeps. A backend supplies its constructor:
//!
//! ```ignore
//! parlance_testkit::media_suite!(async || FolderMedia::open(tempdir).await);
//! ```

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use parlance_core::media::{ByteStream, Media, MediaError};

/// Names as the core makes them.
const NAME: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff.png";
const OTHER: &str = "00112233445566778899aabbccddee00.txt";

/// Makes one test of each point of the contract; `$make` is an `async ||` that answers with a fresh,
/// empty backend and whatever must live as long as it.
#[macro_export]
macro_rules! media_suite {
    ($make:expr) => {
        $crate::media_suite!(@tests $make,
            what_was_put_is_read_back,
            an_empty_file_is_a_file,
            ranges_are_parts_of_the_whole,
            nothing_is_under_other_names,
            names_of_other_forms_are_refused,
            a_file_larger_than_allowed_leaves_nothing,
            a_stream_that_breaks_off_leaves_nothing,
            a_put_that_is_given_up_leaves_nothing,
            what_breaks_off_leaves_the_old_file,
            deleting_is_final_and_may_be_repeated,
            many_at_once_do_not_mix,
        );
    };
    (@tests $make:expr, $($name:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let (media, _alive) = ($make)().await;
                $crate::media_suite::$name(std::sync::Arc::new(media)).await;
            }
        )*
    };
}

fn chunks(parts: &[&'static [u8]]) -> ByteStream {
    let parts: Vec<_> = parts
        .iter()
        .map(|part| Ok(Bytes::from_static(part)))
        .collect();
    stream::iter(parts).boxed()
}

async fn read(media: &dyn Media, name: &str, range: Option<(u64, u64)>) -> (u64, Bytes) {
    let (size, stream) = media.get(name, range).await.expect("the file is there");
    let bytes = stream
        .try_fold(BytesMut::new(), async |mut all, chunk| {
            all.extend_from_slice(&chunk);
            Ok(all)
        })
        .await
        .expect("the file can be read");
    (size, bytes.freeze())
}

async fn assert_missing(media: &dyn Media, name: &str) {
    match media.get(name, None).await {
        Err(MediaError::NotFound) => {}
        Err(error) => panic!("expected NotFound, got {error}"),
        Ok((size, _)) => panic!("expected NotFound, got a file of {size} bytes"),
    }
}

/// All bytes, in order, and their number.
pub async fn what_was_put_is_read_back(media: Arc<dyn Media>) {
    let large: &'static [u8] = Box::leak(
        (0..300_000_u32)
            .flat_map(u32::to_le_bytes)
            .collect::<Vec<_>>()
            .into_boxed_slice(),
    );
    let size = media
        .put(NAME, chunks(&[b"first,", b"", large]), u64::MAX)
        .await
        .expect("the file is stored");
    assert_eq!(size, 1_200_006);
    let (whole, bytes) = read(&*media, NAME, None).await;
    assert_eq!(whole, size);
    assert_eq!(&bytes[..6], b"first,");
    assert!(bytes[6..] == *large, "the bytes differ");
}

/// Zero bytes are no error here.
pub async fn an_empty_file_is_a_file(media: Arc<dyn Media>) {
    assert_eq!(media.put(NAME, chunks(&[]), 0).await.expect("stored"), 0);
    assert_eq!(read(&*media, NAME, None).await, (0, Bytes::new()));
}

/// With the whole file's size; what lies behind its end is left out.
pub async fn ranges_are_parts_of_the_whole(media: Arc<dyn Media>) {
    media
        .put(NAME, chunks(&[b"0123456789"]), 10)
        .await
        .expect("exactly as large as allowed");
    for (range, expected) in [
        ((0, 1), "0"),
        ((0, 10), "0123456789"),
        ((3, 4), "3456"),
        ((9, 1), "9"),
        ((8, 100), "89"),
        ((0, u64::MAX), "0123456789"),
        ((10, 1), ""),
        ((500, 1), ""),
    ] {
        let (size, bytes) = read(&*media, NAME, Some(range)).await;
        assert_eq!((size, &bytes[..]), (10, expected.as_bytes()), "{range:?}");
    }
}

/// A file has one name.
pub async fn nothing_is_under_other_names(media: Arc<dyn Media>) {
    assert_missing(&*media, NAME).await;
    media.put(NAME, chunks(&[b"x"]), 1).await.expect("stored");
    assert_missing(&*media, OTHER).await;
}

/// Whatever would lead elsewhere, for all three calls.
pub async fn names_of_other_forms_are_refused(media: Arc<dyn Media>) {
    let long = format!("../{NAME}");
    for name in [
        "",
        "a",
        "..",
        "/etc/passwd",
        "../../../etc/passwd",
        "..%2f..%2fetc",
        &long,
    ] {
        assert!(
            media.put(name, chunks(&[b"x"]), 9).await.is_err(),
            "put {name:?}"
        );
        assert_missing(&*media, name).await;
        assert!(media.delete(name).await.is_err(), "delete {name:?}");
    }
}

/// And says what passes.
pub async fn a_file_larger_than_allowed_leaves_nothing(media: Arc<dyn Media>) {
    let refused = media.put(NAME, chunks(&[b"1234", b"5"]), 4).await;
    assert!(
        matches!(refused, Err(MediaError::TooLarge { max_bytes: 4 })),
        "{refused:?}"
    );
    assert_missing(&*media, NAME).await;
}

/// And hands the sender's error on.
pub async fn a_stream_that_breaks_off_leaves_nothing(media: Arc<dyn Media>) {
    let broken = stream::iter([
        Ok(Bytes::from_static(b"1234")),
        Err(MediaError::Interrupted("gone".to_owned())),
    ]);
    let refused = media.put(NAME, broken.boxed(), 100).await;
    assert!(
        matches!(refused, Err(MediaError::Interrupted(_))),
        "{refused:?}"
    );
    assert_missing(&*media, NAME).await;
}

/// Dropped in the middle.
pub async fn a_put_that_is_given_up_leaves_nothing(media: Arc<dyn Media>) {
    let (taken, was_taken) = tokio::sync::oneshot::channel();
    let mut taken = Some(taken);
    let endless = stream::iter([Ok(Bytes::from_static(b"1234"))])
        .chain(stream::poll_fn(move |_| {
            if let Some(taken) = taken.take() {
                // The receiver may be gone: nobody waits for a second time.
                let _ = taken.send(());
            }
            std::task::Poll::Pending
        }))
        .boxed();
    let writer = Arc::clone(&media);
    let put = tokio::spawn(async move { writer.put(NAME, endless, 100).await });
    was_taken.await.expect("the first part was taken");
    put.abort();
    assert!(put.await.is_err_and(|error| error.is_cancelled()));
    assert_missing(&*media, NAME).await;
}

/// A put is all or nothing for a name that is taken, too.
pub async fn what_breaks_off_leaves_the_old_file(media: Arc<dyn Media>) {
    media
        .put(NAME, chunks(&[b"old"]), 100)
        .await
        .expect("stored");
    assert!(media.put(NAME, chunks(&[b"newer"]), 2).await.is_err());
    assert_eq!(
        read(&*media, NAME, None).await,
        (3, Bytes::from_static(b"old"))
    );
}

/// No error for a file that is not there.
pub async fn deleting_is_final_and_may_be_repeated(media: Arc<dyn Media>) {
    media.put(NAME, chunks(&[b"x"]), 1).await.expect("stored");
    for _ in 0..2 {
        media.delete(NAME).await.expect("deleted, or not there");
        assert_missing(&*media, NAME).await;
    }
}

/// Files that come in side by side stay apart.
pub async fn many_at_once_do_not_mix(media: Arc<dyn Media>) {
    let name = |n: u8| format!("{n:064x}.txt");
    let puts = (0..32_u8).map(|n| {
        let media = Arc::clone(&media);
        tokio::spawn(async move {
            let parts = (0..20).map(move |_| Ok(Bytes::from(vec![n; 1_000])));
            media
                .put(&name(n), stream::iter(parts).boxed(), 20_000)
                .await
        })
    });
    for put in puts.collect::<Vec<_>>() {
        assert_eq!(put.await.expect("no panic").expect("stored"), 20_000);
    }
    for n in 0..32 {
        let (size, bytes) = read(&*media, &name(n), None).await;
        assert_eq!(size, 20_000);
        assert!(
            bytes.iter().all(|byte| *byte == n),
            "file {n} has other bytes"
        );
    }
}
