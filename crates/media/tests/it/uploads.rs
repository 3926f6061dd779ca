//! Uploads: what passes, what is refused, and that nothing of the refused stays.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use image::ImageFormat;
use parking_lot::Mutex;
use parlance_core::clock::{Clock as _, ManualClock, Timestamp};
use parlance_core::error::StoreError;
use parlance_core::ids::{AppId, ConversationId, UserId};
use parlance_core::limits::Limits;
use parlance_core::media::{Media as _, MediaError, MediaRecord};
use parlance_core::message::Attachment;
use parlance_core::store::{MediaIndex, Stored};
use parlance_media::{
    Allowed, FolderMedia, Kind, UploadError, UploadRules, Uploads, is_storage_name,
};
use uuid::Uuid;

use crate::folder::files_below;
use crate::pictures::{SMALLEST_PNG, claims_to_be, flat_png, picture};

/// An index in memory, which fails when it is told to.
#[derive(Default)]
struct MemoryIndex {
    records: Mutex<Vec<MediaRecord>>,
    fails: bool,
}

#[async_trait]
impl MediaIndex for MemoryIndex {
    async fn put_media(&self, record: MediaRecord) -> Stored<()> {
        if self.fails {
            return Err(StoreError::Failed("the disk is full".to_owned()));
        }
        self.records.lock().push(record);
        Ok(())
    }

    async fn media(&self, app: AppId, ids: &[Uuid]) -> Stored<Vec<MediaRecord>> {
        let records = self.records.lock();
        let wanted = |record: &&MediaRecord| record.app == app && ids.contains(&record.id());
        Ok(records.iter().filter(wanted).cloned().collect())
    }

    async fn media_by_name(&self, app: AppId, name: &str) -> Stored<Option<MediaRecord>> {
        let records = self.records.lock();
        let wanted =
            |record: &&MediaRecord| record.app == app && record.attachment.storage_name == name;
        Ok(records.iter().find(wanted).cloned())
    }

    async fn media_conversations(&self, _: Uuid) -> Stored<Vec<ConversationId>> {
        Ok(Vec::new())
    }
}

struct Fixture {
    folder: tempfile::TempDir,
    media: Arc<FolderMedia>,
    index: Arc<MemoryIndex>,
    clock: Arc<ManualClock>,
    uploads: Uploads,
}

impl Fixture {
    async fn new() -> Self {
        Self::with(MemoryIndex::default()).await
    }

    async fn with(index: MemoryIndex) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let media = Arc::new(FolderMedia::open(folder.path()).await.unwrap());
        let index = Arc::new(index);
        let clock = Arc::new(ManualClock::new(Timestamp::from_micros(1_000_000)));
        let uploads = Uploads::new(media.clone(), index.clone(), clock.clone());
        Self {
            folder,
            media,
            index,
            clock,
            uploads,
        }
    }

    async fn upload(
        &self,
        name: &str,
        bytes: impl Into<Bytes>,
        rules: UploadRules,
    ) -> Result<Attachment, UploadError> {
        let uploader = Some(UserId(7));
        self.uploads
            .store_bytes(AppId(1), uploader, name, bytes.into(), rules)
            .await
    }

    /// Refused, and nothing stayed behind.
    async fn assert_refused(&self, bytes: impl Into<Bytes>, rules: UploadRules, by: &str) {
        let refused = self.upload("sink.png", bytes, rules).await.unwrap_err();
        assert_eq!(refused.to_string(), by);
        self.assert_empty();
    }

    fn assert_empty(&self) {
        assert_eq!(files_below(self.folder.path()), [""; 0]);
        assert_eq!(*self.index.records.lock(), []);
    }
}

fn pictures() -> UploadRules {
    UploadRules::images(&Limits::default(), 5 * 1024 * 1024)
}

fn files() -> UploadRules {
    UploadRules::files(&Limits::default())
}

#[tokio::test]
async fn a_picture_is_stored_served_and_noted_under_an_unguessable_name() {
    let fixture = Fixture::new().await;
    for (format, content_type, extension) in [
        (ImageFormat::Png, "image/png", "png"),
        (ImageFormat::Jpeg, "image/jpeg", "jpg"),
        (ImageFormat::Gif, "image/gif", "gif"),
        (ImageFormat::WebP, "image/webp", "webp"),
    ] {
        let bytes = picture(format);
        let stored = fixture
            .upload("../a/sink.txt", bytes.clone(), pictures())
            .await
            .unwrap();
        assert_eq!(stored.content_type, content_type);
        assert_eq!(stored.name, "sink.txt");
        assert_eq!((stored.width, stored.height), (Some(40), Some(30)));
        assert_eq!(stored.size_bytes, bytes.len() as u64);
        assert!(is_storage_name(&stored.storage_name));
        assert!(stored.storage_name.ends_with(&format!(".{extension}")));
        assert!(stored.storage_name.len() > 64, "256 bits");

        let (size, stream) = fixture.media.get(&stored.storage_name, None).await.unwrap();
        let read: Vec<_> = stream.map(|chunk| chunk.unwrap()).collect().await;
        assert_eq!(size, stored.size_bytes);
        assert!(read.concat() == bytes, "the very same bytes");

        let record = fixture
            .index
            .media_by_name(AppId(1), &stored.storage_name)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(record.attachment, stored);
        assert_eq!(record.uploader, Some(UserId(7)));
        assert_eq!(record.created_at, fixture.clock.now());
    }
}

#[tokio::test]
async fn the_smallest_picture_passes() {
    let fixture = Fixture::new().await;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(SMALLEST_PNG)
        .unwrap();
    let stored = fixture.upload("dot.png", bytes, pictures()).await.unwrap();
    assert_eq!((stored.width, stored.height), (Some(1), Some(1)));
}

#[tokio::test]
async fn what_is_no_picture_is_refused_whatever_its_name() {
    let fixture = Fixture::new().await;
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let with_declaration = "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>";
    for bytes in [
        svg,
        with_declaration,
        "<!DOCTYPE html><script>alert(1)</script>",
        "just words",
        "%PDF-1.7\n",
        "PK\u{3}\u{4}",
    ] {
        let by = "not an allowed kind of file";
        fixture.assert_refused(bytes, pictures(), by).await;
    }
    fixture
        .assert_refused("", pictures(), "the file is empty")
        .await;
}

#[tokio::test]
async fn what_only_begins_like_a_picture_is_refused_everywhere() {
    let fixture = Fixture::new().await;
    let gif_and_script = b"GIF89a/*\x01\0*/=1;alert(1);//<script>alert(1)</script>".as_slice();
    let jpeg_and_html = b"\xff\xd8\xff\xe0<html><script>alert(1)</script>".as_slice();
    let png_and_html = b"\x89PNG\r\n\x1a\n<html><script>alert(1)</script>".as_slice();
    for bytes in [gif_and_script, jpeg_and_html, png_and_html] {
        for rules in [pictures(), files()] {
            fixture
                .assert_refused(bytes, rules, "a broken picture")
                .await;
        }
    }
}

#[tokio::test]
async fn a_truncated_picture_is_refused() {
    let fixture = Fixture::new().await;
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::Gif,
        ImageFormat::WebP,
    ] {
        let mut bytes = picture(format);
        bytes.truncate(bytes.len() / 2);
        fixture
            .assert_refused(bytes, pictures(), "a broken picture")
            .await;
    }
}

#[tokio::test]
async fn a_picture_behind_which_an_archive_hides_is_served_as_a_picture() {
    let fixture = Fixture::new().await;
    let mut bytes = picture(ImageFormat::Png);
    bytes.extend_from_slice(b"PK\x03\x04<script>alert(1)</script>");
    let stored = fixture.upload("a.zip", bytes, files()).await.unwrap();
    assert_eq!(stored.content_type, "image/png");
    let headers = parlance_media::serving::headers(&stored);
    assert_eq!(headers["content-type"], "image/png");
    assert_eq!(headers["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() {
    let fixture = Fixture::new().await;
    let limit = "more than 50000000 pixels";
    // Claims 4 · 10^18 pixels in less than 100 bytes.
    let claim = claims_to_be(2_000_000_000, 2_000_000_000);
    fixture.assert_refused(claim, pictures(), limit).await;
    // Truly is that large, in a hundredth of the bytes.
    let bomb = flat_png(10_000, 5_001);
    assert!(bomb.len() < 500_000, "{} bytes", bomb.len());
    fixture.assert_refused(bomb, pictures(), limit).await;
    let rules = UploadRules {
        max_pixels: 100,
        ..pictures()
    };
    let stored = fixture.upload("a.png", flat_png(10, 10), rules).await;
    assert!(stored.is_ok(), "{stored:?}");
}

#[tokio::test]
async fn a_header_that_lies_about_the_size_is_no_picture() {
    let fixture = Fixture::new().await;
    let by = "a broken picture";
    fixture
        .assert_refused(claims_to_be(5_000, 5_000), pictures(), by)
        .await;
    fixture
        .assert_refused(claims_to_be(0, 1), pictures(), by)
        .await;
}

#[tokio::test]
async fn a_file_larger_than_allowed_is_refused() {
    let fixture = Fixture::new().await;
    let bytes = picture(ImageFormat::Png);
    let exact = UploadRules {
        max_bytes: bytes.len() as u64,
        ..pictures()
    };
    let less = UploadRules {
        max_bytes: exact.max_bytes - 1,
        ..exact
    };
    let by = format!("larger than {} bytes", less.max_bytes);
    fixture.assert_refused(bytes.clone(), less, &by).await;
    assert!(fixture.upload("a.png", bytes, exact).await.is_ok());
}

#[tokio::test]
async fn a_stream_that_breaks_off_leaves_nothing() {
    let fixture = Fixture::new().await;
    let bytes = Bytes::from(picture(ImageFormat::Png));
    let parts = [
        Ok(bytes.slice(..bytes.len() / 2)),
        Err(MediaError::Interrupted("the line is dead".to_owned())),
    ];
    let refused = fixture
        .uploads
        .store_upload(
            AppId(1),
            None,
            "a.png",
            stream::iter(parts).boxed(),
            pictures(),
        )
        .await;
    assert!(matches!(refused, Err(UploadError::Interrupted)));
    fixture.assert_empty();
}

#[tokio::test]
async fn a_store_that_fails_leaves_no_file() {
    let fixture = Fixture::with(MemoryIndex {
        fails: true,
        ..MemoryIndex::default()
    })
    .await;
    let bytes = picture(ImageFormat::Png);
    let by = "uploads cannot be stored now";
    fixture.assert_refused(bytes, pictures(), by).await;
}

#[tokio::test]
async fn other_files_are_stored_by_what_they_are() {
    let fixture = Fixture::new().await;
    for (bytes, content_type, extension) in [
        (b"%PDF-1.7\n".as_slice(), "application/pdf", "pdf"),
        (b"words", "text/plain", "txt"),
        (
            b"<script>alert(1)</script>",
            "application/octet-stream",
            "bin",
        ),
        (b"\0\x01\x02", "application/octet-stream", "bin"),
        (b"OggS\0\x02", "audio/ogg", "ogg"),
    ] {
        let stored = fixture.upload("a.html", bytes, files()).await.unwrap();
        assert_eq!(stored.content_type, content_type);
        assert!(stored.storage_name.ends_with(extension));
        assert_eq!((stored.width, stored.height), (None, None));
    }
}

#[tokio::test]
async fn only_the_kinds_that_are_named_pass() {
    let fixture = Fixture::new().await;
    let rules = UploadRules {
        allowed: Allowed::Kinds(&[Kind::Pdf]),
        ..files()
    };
    let by = "not an allowed kind of file";
    fixture.assert_refused("words", rules, by).await;
    let stored = fixture.upload("a.pdf", "%PDF-1.7\n", rules).await;
    assert!(stored.is_ok(), "{stored:?}");
}

#[tokio::test]
async fn a_recording_keeps_its_length_and_is_read_back_in_parts() {
    let fixture = Fixture::new().await;
    let bytes = stream::iter([Ok(Bytes::from_static(b"OggS\0\x02sound"))]).boxed();
    let stored = fixture
        .uploads
        .store_recording(AppId(1), None, "note.ogg", bytes, files(), Some(1_500))
        .await
        .unwrap();
    assert_eq!(stored.duration_ms, Some(1_500));
    assert_eq!(stored.content_type, "audio/ogg");
    let part = fixture
        .uploads
        .read_file(&stored.storage_name, Some((6, 3)));
    let part: Vec<_> = part
        .await
        .unwrap()
        .map(|chunk| chunk.unwrap())
        .collect()
        .await;
    assert_eq!(part.concat(), b"sou");
    let missing = fixture.uploads.read_file("../../etc/passwd", None).await;
    assert!(matches!(missing, Err(MediaError::NotFound)));
}
