//! The folder keeps the contract, and its own promises about what lies on the disk.

use std::path::Path;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use parlance_core::media::Media as _;
use parlance_media::FolderMedia;

parlance_testkit::media_suite!(async || {
    let folder = tempfile::tempdir().unwrap();
    let media = FolderMedia::open(folder.path()).await.unwrap();
    (media, folder)
});

/// Files below a folder, without folders.
pub(crate) fn files_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files_below(&entry.path()));
        } else {
            found.push(entry.file_name().into_string().unwrap());
        }
    }
    found
}

#[tokio::test]
async fn what_is_refused_leaves_no_file_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let media = FolderMedia::open(folder.path()).await.unwrap();
    let name = format!("{:064x}.bin", 1);
    let bytes = stream::iter([Ok(Bytes::from_static(b"12345"))]).boxed();
    assert!(media.put(&name, bytes, 4).await.is_err());
    assert_eq!(files_below(folder.path()), [""; 0]);
}

#[tokio::test]
async fn half_written_files_are_cleared_when_they_are_old() {
    let folder = tempfile::tempdir().unwrap();
    let incoming = folder.path().join("incoming");
    std::fs::create_dir(&incoming).unwrap();
    let old = std::fs::File::create(incoming.join("old")).unwrap();
    let days_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(48);
    old.set_modified(days_ago).unwrap();
    std::fs::File::create(incoming.join("new")).unwrap();
    FolderMedia::open(folder.path()).await.unwrap();
    assert_eq!(files_below(folder.path()), ["new"]);
}
