//! Whether the database can be opened, read and written, and is whole.

use std::path::Path;

use rustix::fs::{Access, access};

use super::Finding;
use crate::settings::Settings;
use crate::wiring::open_store;

pub(super) async fn check(settings: &Settings) -> Vec<Finding> {
    let path = settings.store.path(&settings.server.data_dir);
    if !path.exists() {
        return vec![can_be_made(&path)];
    }
    let store = match open_store(settings).await {
        Ok(store) => store,
        Err(error) => return vec![Finding::fail(format!("{error:#}"))],
    };
    let finding = match store.check().await {
        Ok(()) => Finding::ok(format!("{} can be read and written", path.display())),
        Err(error) => Finding::fail(format!(
            "{}: {error}; look at the disk and at who may write there",
            path.display()
        )),
    };
    let whole = match store.verify().await {
        Ok(faults) if faults.is_empty() => Finding::ok(format!("{} is whole", path.display())),
        Ok(faults) => Finding::fail(format!(
            "{} is damaged: {}; stop the server and restore a backup",
            path.display(),
            faults.join("; ")
        )),
        Err(error) => Finding::fail(format!("{}: {error}", path.display())),
    };
    let closed = store.close().await;
    let mut findings = vec![finding, whole];
    if let Err(error) = closed {
        findings.push(Finding::fail(format!("{}: {error}", path.display())));
    }
    findings
}

/// Judges a database that is not there yet by the nearest folder above it that is.
fn can_be_made(path: &Path) -> Finding {
    let folder = path.ancestors().skip(1).find(|folder| folder.exists());
    let folder = folder.unwrap_or(Path::new("."));
    match access(folder, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => Finding::ok(format!(
            "{} will be made at the first start",
            path.display()
        )),
        Err(error) => Finding::fail(format!(
            "{} cannot be made in {}: {error}; make the folder writable for this user, or change \
             store.url",
            path.display(),
            folder.display()
        )),
    }
}
