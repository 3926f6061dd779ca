//! Checks of what lies around the server: limits, clock, folders.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::StreamExt as _;
use parlance_core::clock::{Clock as _, SystemClock, Timestamp};
use parlance_core::media::{Media as _, MediaError};
use parlance_media::FolderMedia;

use super::Finding;
use crate::file_limit;
use crate::settings::Settings;

/// With fewer files, a busy server runs out of sockets.
const ENOUGH_FILES: u64 = 4_096;

/// A clock before this was never set: 2026-01-01.
const EARLIEST: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

/// How far a file system's clock may be ahead of ours.
const SKEW: Duration = Duration::from_mins(1);

const LITTLE_SPACE_BYTES: u64 = 1 << 30;
const NO_SPACE_BYTES: u64 = 64 << 20;

pub(super) fn settings(settings: &Settings, file: Option<&Path>) -> Finding {
    let source = file.map_or_else(|| "defaults".to_owned(), |file| file.display().to_string());
    let apps = settings.apps.len();
    let keyless = settings
        .apps
        .iter()
        .find(|app| app.profile.token_keys.is_empty());
    match keyless {
        _ if apps == 0 && settings.operator_key.is_none() => Finding::warn(format!(
            "{source}: no [[apps]] and no operator key, so nobody can use it; write an [[apps]]"
        )),
        Some(app) => Finding::warn(format!(
            "{source}: the app {} trusts no tokens but those minted here; set apps.{}.auth if your \
             backend signs its own",
            app.name, app.name
        )),
        None => Finding::ok(format!("{source}: {apps} apps")),
    }
}

pub(super) fn open_files() -> Finding {
    match file_limit::raise() {
        Some(limit) if limit < ENOUGH_FILES => Finding::warn(format!(
            "at most {limit} files, so fewer sockets; raise the hard limit (ulimit -Hn, or \
             LimitNOFILE= of the service)"
        )),
        Some(limit) => Finding::ok(format!("{limit} files, one for each socket")),
        None => Finding::ok("no limit"),
    }
}

/// Tokens end and messages are stamped by the machine's clock.
pub(super) fn clock(settings: &Settings) -> Finding {
    let now = SystemClock::default().now();
    if now < EARLIEST {
        return Finding::fail(format!(
            "the clock says {now}, which is past; set it, and let it be kept (NTP)"
        ));
    }
    let database = settings.store.path(&settings.server.data_dir);
    let written = modified(&database);
    match written {
        Some(written) if written > now.plus(SKEW) => Finding::fail(format!(
            "the clock says {now}, but the database was written at {written}; set the clock, and let \
             it be kept (NTP)"
        )),
        _ => Finding::ok(now.to_string()),
    }
}

fn modified(path: &Path) -> Option<Timestamp> {
    let modified = path
        .metadata()
        .and_then(|metadata| metadata.modified())
        .ok()?;
    let since = modified.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Timestamp::from_micros(
        i64::try_from(since.as_micros()).ok()?,
    ))
}

/// Stores, reads and removes a small file.
pub(super) async fn media(settings: &Settings) -> Finding {
    let folder = settings.media.folder(&settings.server.data_dir);
    let tried = async {
        let media = FolderMedia::open(&folder)
            .await
            .map_err(|error| error.to_string())?;
        round_trip(&media).await.map_err(|error| error.to_string())
    };
    match tried.await {
        Ok(()) => Finding::ok(format!("{} can be written and read", folder.display())),
        Err(error) => Finding::fail(format!(
            "{}: {error}; make it writable for this user, or change media.url",
            folder.display()
        )),
    }
}

async fn round_trip(media: &FolderMedia) -> Result<(), MediaError> {
    const TEXT: &[u8] = b"parlance doctor";
    let mut random = [0_u8; 24];
    getrandom::fill(&mut random).map_err(|error| MediaError::Failed(error.to_string()))?;
    let name = hex::encode(random);
    let bytes = futures_util::stream::iter([Ok(TEXT.into())]).boxed();
    media.put(&name, bytes, TEXT.len() as u64).await?;
    let (size, _) = media.get(&name, None).await?;
    media.delete(&name).await?;
    if size == TEXT.len() as u64 {
        Ok(())
    } else {
        Err(MediaError::Failed(format!(
            "{} bytes came back as {size}",
            TEXT.len()
        )))
    }
}

/// Folders whose disk may get full; one where both are the same.
pub(super) fn folders(settings: &Settings) -> Vec<(&'static str, PathBuf)> {
    let data_dir = &settings.server.data_dir;
    let database = settings.store.path(data_dir);
    let store = database.parent().unwrap_or(data_dir).to_owned();
    let media = settings.media.folder(data_dir);
    if media.parent() == Some(&store) {
        vec![("disk", store)]
    } else {
        vec![("disk", store), ("media disk", media)]
    }
}

/// What is left on the disk of a folder, or of its nearest parent that exists.
pub(super) fn free_space(folder: &Path) -> Finding {
    let there = folder.ancestors().find(|path| path.exists());
    let there = there.unwrap_or(Path::new("."));
    match rustix::fs::statvfs(there) {
        Ok(disk) => judge_space(folder, disk.f_bavail.saturating_mul(disk.f_frsize)),
        Err(error) => Finding::warn(format!(
            "{}: {error}; free space is unknown",
            there.display()
        )),
    }
}

fn judge_space(folder: &Path, free_bytes: u64) -> Finding {
    let what = format!("{} MiB free for {}", free_bytes >> 20, folder.display());
    if free_bytes < NO_SPACE_BYTES {
        Finding::fail(format!("{what}; make room, or sends will be refused soon"))
    } else if free_bytes < LITTLE_SPACE_BYTES {
        Finding::warn(format!("{what}; make room soon"))
    } else {
        Finding::ok(what)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn a_full_disk_fails_and_a_nearly_full_one_warns() {
        let verdict = |bytes| judge_space(Path::new("data"), bytes).verdict;
        assert_eq!(verdict(10 << 30), Verdict::Ok);
        assert_eq!(verdict(500 << 20), Verdict::Warn);
        assert_eq!(verdict(10 << 20), Verdict::Fail);
    }
}
