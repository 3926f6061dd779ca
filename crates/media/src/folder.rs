//! Media in a folder of the local disk.
//!
//! `ROOT/ab/abcdef…png`: 256 folders by the first two digits. A file is written under another name
//! in `ROOT/incoming`, made durable, then moved: readers see all of it or nothing, and so does a
//! machine that lost its power.

use std::io::{self, ErrorKind, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::{StreamExt as _, TryStreamExt as _};
use parlance_core::media::{ByteStream, Media, MediaError};
use tokio::fs::{self, File};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _, BufWriter};
use tokio_util::io::ReaderStream;

use crate::names::{is_storage_name, new_storage_name};

const INCOMING: &str = "incoming";
const CHUNK_BYTES: usize = 64 * 1024;
/// Nothing is that long on its way; older files are what a killed process left.
const STALE_AFTER: Duration = Duration::from_hours(24);

/// Keeps files in a folder.
#[derive(Debug)]
pub struct FolderMedia {
    root: PathBuf,
}

impl FolderMedia {
    /// Opens a folder, makes it when it is not there, and clears what a killed process left half
    /// written more than a day ago.
    pub async fn open(root: impl Into<PathBuf>) -> io::Result<Self> {
        let root = root.into();
        let incoming = root.join(INCOMING);
        fs::create_dir_all(&incoming).await?;
        clear_stale(&incoming).await?;
        Ok(Self { root })
    }

    /// Where a file lies, for names that we made.
    fn path(&self, name: &str) -> Option<PathBuf> {
        is_storage_name(name).then(|| self.root.join(&name[..2]).join(name))
    }

    /// Makes a finished file readable under its name, durably.
    async fn publish(&self, from: &Path, to: &Path) -> io::Result<()> {
        let folder = to.parent().unwrap_or(&self.root);
        match fs::create_dir(folder).await {
            Ok(()) => sync_folder(&self.root).await?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        fs::rename(from, to).await?;
        sync_folder(folder).await
    }
}

#[async_trait]
impl Media for FolderMedia {
    async fn put(&self, name: &str, bytes: ByteStream, max_bytes: u64) -> Result<u64, MediaError> {
        let path = self.path(name).ok_or_else(bad_name)?;
        let mut incoming = Incoming::new(&self.root).await.map_err(failed)?;
        let size = incoming.write(bytes, max_bytes).await?;
        self.publish(&incoming.path, &path).await.map_err(failed)?;
        incoming.is_moved = true;
        Ok(size)
    }

    async fn get(
        &self,
        name: &str,
        range: Option<(u64, u64)>,
    ) -> Result<(u64, ByteStream), MediaError> {
        let path = self.path(name).ok_or(MediaError::NotFound)?;
        let mut file = File::open(path).await.map_err(not_found_or_failed)?;
        let size = file.metadata().await.map_err(failed)?.len();
        let (first, count) = range.unwrap_or((0, size));
        if first > 0 {
            file.seek(SeekFrom::Start(first.min(size)))
                .await
                .map_err(failed)?;
        }
        let stream = ReaderStream::with_capacity(file.take(count), CHUNK_BYTES);
        Ok((size, stream.map_err(failed).boxed()))
    }

    async fn delete(&self, name: &str) -> Result<(), MediaError> {
        let path = self.path(name).ok_or_else(bad_name)?;
        match fs::remove_file(path).await {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(error)),
            _ => Ok(()),
        }
    }
}

/// A file on its way in; it is gone when this is dropped before it was moved, whoever gave up.
struct Incoming {
    path: PathBuf,
    file: BufWriter<File>,
    is_moved: bool,
}

impl Incoming {
    async fn new(root: &Path) -> io::Result<Self> {
        let path = root.join(INCOMING).join(new_storage_name("part"));
        let file = File::create_new(&path).await?;
        Ok(Self {
            path,
            file: BufWriter::with_capacity(CHUNK_BYTES, file),
            is_moved: false,
        })
    }

    /// Writes all there is, until it is on the disk.
    async fn write(&mut self, mut bytes: ByteStream, max_bytes: u64) -> Result<u64, MediaError> {
        let mut size = 0_u64;
        while let Some(chunk) = bytes.next().await {
            let chunk = chunk?;
            size = size.saturating_add(chunk.len() as u64);
            if size > max_bytes {
                return Err(MediaError::TooLarge { max_bytes });
            }
            self.file.write_all(&chunk).await.map_err(failed)?;
        }
        self.file.flush().await.map_err(failed)?;
        self.file.get_ref().sync_all().await.map_err(failed)?;
        Ok(size)
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if self.is_moved {
            return;
        }
        if let Err(error) = std::fs::remove_file(&self.path)
            && error.kind() != ErrorKind::NotFound
        {
            tracing::warn!(error = %error, "a file that broke off cannot be removed");
        }
    }
}

async fn clear_stale(incoming: &Path) -> io::Result<()> {
    let mut entries = fs::read_dir(incoming).await?;
    while let Some(entry) = entries.next_entry().await? {
        let modified = entry.metadata().await?.modified()?;
        if modified.elapsed().is_ok_and(|age| age > STALE_AFTER) {
            fs::remove_file(entry.path()).await?;
        }
    }
    Ok(())
}

/// A name is durable when its folder is.
async fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder).await?.sync_all().await
}

fn bad_name() -> MediaError {
    MediaError::Failed("not a storage name".to_owned())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `map_err` wants"
)]
fn failed(error: io::Error) -> MediaError {
    MediaError::Failed(error.to_string())
}

fn not_found_or_failed(error: io::Error) -> MediaError {
    if error.kind() == ErrorKind::NotFound {
        MediaError::NotFound
    } else {
        failed(error)
    }
}
