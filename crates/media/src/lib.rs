//! Attachment bytes behind the core's [`Media`](parlance_core::media::Media): where they are kept, what they are, how they are
//! served. It knows no transport: routes, forms and statuses are the dialects'.

mod folder;
mod inspect;
mod names;
pub mod serving;
mod sniff;
mod uploads;

pub use folder::FolderMedia;
pub use inspect::{ImageFault, ImageInfo, inspect_image};
pub use names::{clean_file_name, is_storage_name};
pub use sniff::{Family, Kind, SNIFF_BYTES, sniff};
pub use uploads::{Allowed, UploadError, UploadRules, Uploads};
